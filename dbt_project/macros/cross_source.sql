{#- CTEs of the rules TEQ-X: `processes` of every source and `places`, one row for each place a
    rule looks at, as in the quality models (quality.sql), with the source and process that say
    otherwise. Two models read them: what fails, and how much passes. -#}
{% macro cross_source_places() -%}
processes as (
    select
        source_id,
        ocid,
        status,
        tender_amount,
        tender_currency
    from {{ source('admitted', 'ocds_processes') }}
),

contracts as (
    select
        source_id,
        ocid,
        path,
        award_id,
        status,
        amount,
        currency,
        {{ civil_day('date_signed') }} as signed_on
    from {{ source('admitted', 'ocds_contracts') }}
),

-- Every pair from both sides: each source is told of the other. What only stands at the same price
-- on the same day may be two contracts.
pairs as (
    select
        source_id,
        ocid,
        path,
        other_source_id,
        other_ocid,
        other_path,
        rules
    from {{ ref('duplicate_contracts') }}
    where scope = 'across_sources' and confidence <> 'low'
    union all
    select
        other_source_id as source_id,
        other_ocid as ocid,
        other_path as path,
        source_id as other_source_id,
        ocid as other_ocid,
        path as other_path,
        rules
    from {{ ref('duplicate_contracts') }}
    where scope = 'across_sources' and confidence <> 'low'
),

same_ocids as (
    select
        processes.source_id,
        processes.ocid,
        processes.status,
        processes.tender_amount,
        processes.tender_currency,
        others.source_id as other_source_id,
        others.ocid as other_ocid,
        others.status as other_status,
        others.tender_amount as other_amount,
        others.tender_currency as other_currency
    from processes
    inner join processes as others
        on processes.ocid = others.ocid and processes.source_id <> others.source_id
),

paired_contracts as (
    select
        pairs.*,
        mine.amount,
        mine.currency,
        mine.signed_on,
        mine.status,
        mine.award_id,
        others.amount as other_amount,
        others.currency as other_currency,
        others.signed_on as other_signed_on,
        others.status as other_status,
        others.award_id as other_award_id,
        -- Those that were found by their terms agree on them.
        pairs.rules like '%same_ocid%' or pairs.rules like '%same_contract_number%' as is_by_id
    from pairs
    inner join contracts as mine
        on
            pairs.source_id = mine.source_id
            and pairs.ocid = mine.ocid
            and pairs.path = mine.path
    inner join contracts as others
        on
            pairs.other_source_id = others.source_id
            and pairs.other_ocid = others.ocid
            and pairs.other_path = others.path
    -- A number that returns years later is another contract's.
    where
        pairs.rules like '%same_ocid%'
        or coalesce(abs(year(mine.signed_on) - year(others.signed_on)), 0) <= 1
),

suppliers as (
    select
        award_suppliers.source_id,
        award_suppliers.ocid,
        award_suppliers.award_id,
        string_agg(
            distinct parties.organization_id,
            ','
            order by parties.organization_id
        ) as organization_ids,
        string_agg(
            distinct award_suppliers.supplier_name,
            ', '
            order by award_suppliers.supplier_name
        ) as supplier_names
    from {{ source('admitted', 'ocds_award_suppliers') }} as award_suppliers
    semi join paired_contracts
        on
            award_suppliers.source_id = paired_contracts.source_id
            and award_suppliers.ocid = paired_contracts.ocid
    inner join {{ ref('organization_parties') }} as parties
        on
            award_suppliers.source_id = parties.source_id
            and award_suppliers.ocid = parties.ocid
            and trim(award_suppliers.supplier_id) = parties.party_id
    group by award_suppliers.source_id, award_suppliers.ocid, award_suppliers.award_id
),

amounts as (
    select
        source_id,
        ocid,
        path || '/value/amount' as path,
        amount,
        other_amount,
        currency,
        other_source_id,
        other_ocid
    from paired_contracts
    where is_by_id and amount is not null and other_amount is not null and currency = other_currency
    union all
    select
        source_id,
        ocid,
        '/tender/value/amount' as path,
        tender_amount as amount,
        other_amount,
        tender_currency as currency,
        other_source_id,
        other_ocid
    from same_ocids
    where
        tender_amount is not null
        and other_amount is not null
        and tender_currency = other_currency
),

states as (
    select
        source_id,
        ocid,
        path || '/status' as path,
        status,
        other_status,
        other_source_id,
        other_ocid
    from paired_contracts
    where is_by_id and status is not null and other_status is not null
    union all
    select
        source_id,
        ocid,
        '/tender/status' as path,
        status,
        other_status,
        other_source_id,
        other_ocid
    from same_ocids
    where status is not null and other_status is not null
),

places as (
    -- TEQ-X01: a process, and each of its contracts, is published by one source.
    select
        'TEQ-X01' as rule_id,
        processes.source_id,
        processes.ocid,
        same_ocids.other_source_id is null as ok,
        '/ocid' as path,
        null as value,
        same_ocids.other_source_id,
        same_ocids.other_ocid
    from processes
    left join same_ocids
        on processes.source_id = same_ocids.source_id and processes.ocid = same_ocids.ocid
    where (select count(distinct source_id) from processes) > 1
    union all
    select
        'TEQ-X01' as rule_id,
        source_id,
        ocid,
        false as ok,
        path,
        null as value,
        other_source_id,
        other_ocid
    from pairs
    union all
    -- TEQ-X02: both give the same amount, to the peso. What differs by the VAT is told so.
    select
        'TEQ-X02' as rule_id,
        source_id,
        ocid,
        abs(amount - other_amount) <= 1 as ok,
        path,
        amount || ' ≠ ' || other_amount || ' ' || currency
        || case
            when
                least(amount, other_amount) > 0
                and abs(
                    cast(greatest(amount, other_amount) as double)
                    / cast(least(amount, other_amount) as double)
                    - 1.16
                ) < 0.0005
                then ' (como con y sin IVA)'
            else ''
        end as value,
        other_source_id,
        other_ocid
    from amounts
    union all
    -- TEQ-X03: both give the same day of signature.
    select
        'TEQ-X03' as rule_id,
        source_id,
        ocid,
        signed_on = other_signed_on as ok,
        path || '/dateSigned' as path,
        signed_on || ' ≠ ' || other_signed_on as value,
        other_source_id,
        other_ocid
    from paired_contracts
    where signed_on is not null and other_signed_on is not null
    union all
    -- TEQ-X04: both name the same suppliers, each resolved to its organization.
    select
        'TEQ-X04' as rule_id,
        paired_contracts.source_id,
        paired_contracts.ocid,
        mine.organization_ids = others.organization_ids as ok,
        '/awards/suppliers' as path,
        mine.supplier_names || ' ≠ ' || others.supplier_names as value,
        paired_contracts.other_source_id,
        paired_contracts.other_ocid
    from paired_contracts
    inner join suppliers as mine
        on
            paired_contracts.source_id = mine.source_id
            and paired_contracts.ocid = mine.ocid
            and paired_contracts.award_id = mine.award_id
    inner join suppliers as others
        on
            paired_contracts.other_source_id = others.source_id
            and paired_contracts.other_ocid = others.ocid
            and paired_contracts.other_award_id = others.award_id
    where paired_contracts.rules like '%same_ocid%'
    union all
    -- TEQ-X05: both give the same status.
    select
        'TEQ-X05' as rule_id,
        source_id,
        ocid,
        status = other_status as ok,
        path,
        status || ' ≠ ' || other_status as value,
        other_source_id,
        other_ocid
    from states
)
{%- endmacro %}
