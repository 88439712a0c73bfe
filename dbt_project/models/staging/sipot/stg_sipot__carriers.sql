{#- A table among views: three models read it. -#}
{{ config(materialized='table') }}

with main_rows as (
    select * from {{ ref('stg_sipot__rows') }}
    where not is_duplicate
),

children as (
    select * from {{ ref('stg_sipot__children') }}
),

links as (
    select * from {{ ref('stg_sipot__links') }}
),

-- In format XXIII-B the contract stands in a table; what was bought without one has only a key.
linked as (
    select
        links.slice_id,
        links.original_ordinal,
        arg_min(
            children.contract_number, children.ordinal
        ) filter (children.contract_number is not null) as contract_number,
        min(children.parent_key) filter (children.role = 'provider') as provider_key
    from links
    inner join children
        on
            links.slice_id = children.slice_id
            and links.child_ordinal = children.ordinal
    where children.role in ('provider', 'contract')
    group by links.slice_id, links.original_ordinal
),

pointed as (
    select
        main_rows.slice_id,
        main_rows.ordinal,
        {{ json_text('pointer.element', '$.key') }} as contract_key
    from main_rows
    cross join {{ explode_json('main_rows.pointers', '$', 'pointer') }}
    where {{ json_text('pointer.element', '$.role') }} = 'contract'
),

keyed as (
    select
        main_rows.slice_id,
        main_rows.ordinal,
        main_rows.layout,
        main_rows.raw_sha256,
        main_rows.page,
        main_rows.updated_at,
        main_rows.record_id,
        pointed.ordinal is not null as is_invoice,
        coalesce(main_rows.contract_number, linked.contract_number) as contract_number,
        coalesce(
            main_rows.file_number,
            case
                when linked.contract_number is null
                    then coalesce(linked.provider_key, pointed.contract_key)
            end
        ) as file_number,
        coalesce({{ slug('main_rows.institution_name') }}, '') as institution_key,
        coalesce(main_rows.rfc, {{ slug('main_rows.supplier_name') }}, '') as supplier_key
    from main_rows
    left join pointed
        on
            main_rows.slice_id = pointed.slice_id
            and main_rows.ordinal = pointed.ordinal
    left join linked
        on
            main_rows.slice_id = linked.slice_id
            and main_rows.ordinal = linked.original_ordinal
),

judged as (
    select
        *,
        case
            when layout is null then 'unknown_layout'
            when coalesce(file_number, contract_number) is null
                then 'no_procedure_number'
        end as unusable_reason
    from keyed
),

issues as (
    select *
    from judged
    where
        unusable_reason is null
        and not is_invoice
),

-- A record that the PNT gives again keeps its id, whatever else changed in it.
same_record as (
    {{ sipot_latest_issue(
        'issues', ['slice_id', 'institution_key', 'file_number', 'record_id']
    ) }}
),

latest_records as (
    select issues.*
    from issues
    left join same_record
        on
            issues.slice_id = same_record.slice_id
            and issues.ordinal = same_record.ordinal
    where same_record.ordinal is null
),

same_contract as (
    {{ sipot_latest_issue(
        'latest_records',
        ['slice_id', 'institution_key', 'file_number', 'contract_number', 'supplier_key']
    ) }}
),

-- Rows of one contract in format XXIII-B are its invoices: one row speaks for all.
same_invoiced as (
    select
        slice_id,
        ordinal,
        min(ordinal) over (
            partition by slice_id, institution_key, contract_number
        ) as carrier_ordinal
    from judged
    where
        is_invoice
        and contract_number is not null
)

select
    judged.slice_id,
    judged.ordinal,
    judged.file_number,
    judged.contract_number,
    judged.unusable_reason,
    coalesce(
        same_invoiced.carrier_ordinal,
        -- The record's latest issue may itself be an earlier issue of the contract.
        carriers_contract.carrier_ordinal,
        same_record.carrier_ordinal,
        same_contract.carrier_ordinal,
        judged.ordinal
    ) as carrier_ordinal,
    case
        when judged.unusable_reason is not null then 'unusable'
        when same_invoiced.carrier_ordinal <> judged.ordinal then 'other_invoice'
        when same_record.ordinal is not null or same_contract.ordinal is not null
            then 'earlier_issue'
        else 'itself'
    end as carried_as
from judged
left join same_record
    on
        judged.slice_id = same_record.slice_id
        and judged.ordinal = same_record.ordinal
left join same_contract
    on
        judged.slice_id = same_contract.slice_id
        and judged.ordinal = same_contract.ordinal
left join same_contract as carriers_contract
    on
        same_record.slice_id = carriers_contract.slice_id
        and same_record.carrier_ordinal = carriers_contract.ordinal
left join same_invoiced
    on
        judged.slice_id = same_invoiced.slice_id
        and judged.ordinal = same_invoiced.ordinal
