with {{ comparable_contracts() }}

select
    shared_keys.rule,
    first_contracts.source_id,
    first_contracts.ocid,
    first_contracts.path,
    first_contracts.contract_id,
    cast(shared_keys.member_count as integer) as member_count,
    cast(shared_keys.source_count as integer) as source_count,
    shared_keys.source_ids,
    shared_keys.is_paired,
    first_contracts.buyer_organization_id,
    first_contracts.supplier_organization_ids,
    case when shared_keys.rule like '%_number%' then first_contracts.contract_number end
        as contract_number,
    case
        when shared_keys.rule in ('same_terms', 'same_number_and_amount')
            then first_contracts.amount
    end as amount,
    case
        when shared_keys.rule in ('same_terms', 'same_number_and_amount')
            then first_contracts.currency
    end as currency,
    case when shared_keys.rule = 'same_terms' then first_contracts.signed_on end as signed_on
from shared_keys
inner join contracts_in_order as first_contracts
    on shared_keys.first_position = first_contracts.contract_position
