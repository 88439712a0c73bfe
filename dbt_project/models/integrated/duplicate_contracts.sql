with {{ comparable_contracts() }},

-- At most fifty members: at most 1,225 pairs of a key.
pairs as (
    select
        members.contract_position,
        others.contract_position as other_position,
        min(members.rule_order) as rule_order,
        string_agg(distinct members.rule, ',' order by members.rule) as rules
    from contract_keys as members
    inner join shared_keys
        on
            members.rule = shared_keys.rule
            and members.contract_key = shared_keys.contract_key
    inner join contract_keys as others
        on
            members.rule = others.rule
            and members.contract_key = others.contract_key
            and members.contract_position < others.contract_position
    where
        shared_keys.is_paired
        and (
            members.rule not in ('same_ocid', 'same_number_and_amount')
            or members.source_id <> others.source_id
        )
    group by members.contract_position, others.contract_position
)

select
    one.source_id,
    one.ocid,
    one.path,
    one.contract_id,
    other.source_id as other_source_id,
    other.ocid as other_ocid,
    other.path as other_path,
    other.contract_id as other_contract_id,
    case pairs.rule_order
        when 1 then 'same_ocid'
        when 2 then 'same_contract_number'
        when 3 then 'same_number_and_amount'
        else 'same_terms'
    end as rule,
    pairs.rules,
    case
        when pairs.rule_order = 1 or pairs.rules like '%,%' then 'high'
        when pairs.rules = 'same_terms' then 'low'
        else 'medium'
    end as confidence,
    case
        when one.source_id <> other.source_id then 'across_sources'
        when one.ocid <> other.ocid then 'within_source'
        else 'within_process'
    end as scope,
    -- What both have in common.
    {{ json_object_of({
        'ocid': "case when one.ocid = other.ocid then " ~ json_string('one.ocid') ~ " end",
        'contract_number': "case when one.contract_number = other.contract_number then "
            ~ json_string('one.contract_number') ~ " end",
        'buyer': "case when one.buyer_organization_id = other.buyer_organization_id then "
            ~ json_string('one.buyer_organization_id') ~ " end",
        'suppliers': "case when one.supplier_organization_ids = other.supplier_organization_ids"
            ~ " then " ~ json_string('one.supplier_organization_ids') ~ " end",
        'amount': "case when one.amount = other.amount then cast(one.amount as varchar) end",
        'currency': "case when one.currency = other.currency then "
            ~ json_string('one.currency') ~ " end",
        'signed_on': "case when one.signed_on = other.signed_on then "
            ~ json_string('one.signed_on') ~ " end",
    }) }} as evidence
from pairs
inner join contracts_in_order as one
    on pairs.contract_position = one.contract_position
inner join contracts_in_order as other
    on pairs.other_position = other.contract_position
