{#- A table among views: the models beside it read it, and each would parse every record again. -#}
{{ config(materialized='table') }}
{%- set fields = sipot_child_fields() %}
{%- set values = [
    'supplier_name', 'rfc', 'amount', 'paid_amount', 'place', 'budget_items', 'amendment_id',
    'amendment_at', 'amendment_url', 'procedure_type', 'law', 'exception_description',
    'contract_number', 'description', 'contract_url', 'signed_at', 'starts_at', 'ends_at',
] %}

with published_records as (
    select * from {{ source('landed', 'sipot') }}
),

shapes as (
    select * from {{ source('landed_facts', 'shapes') }}
),

main_rows as (
    select * from {{ ref('stg_sipot__rows') }}
),

-- What the headers of a file say of its tables.
tables_named as (
    select
        slice_id,
        raw_sha256,
        table_number,
        min(role) as role
    from (
        select
            main_rows.slice_id,
            main_rows.raw_sha256,
            {{ json_text('pointer.element', '$.table_number') }} as table_number,
            {{ json_text('pointer.element', '$.role') }} as role
        from main_rows
        cross join {{ explode_json('main_rows.pointers', '$', 'pointer') }}
    ) as pointed
    where table_number is not null
    group by slice_id, raw_sha256, table_number
),

{{ sipot_reading_ctes(fields, 'sipot_child') }},

numbered as (
    select
        *,
        {{ sipot_table_number('collection') }} as table_number,
        {{ sipot_name() }} as name
    from readings
    where layout is not null
),

told as (
    select
        numbered.* exclude (role, supplier_name),
        numbered.name as supplier_name,
        case
            when numbered.role <> 'persons' then numbered.role
            else coalesce(
                tables_named.role, {{ sipot_national_role('numbered.table_number') }}, 'persons'
            )
        end as role
    from numbered
    left join tables_named
        on
            numbered.slice_id = tables_named.slice_id
            and numbered.raw_sha256 = tables_named.raw_sha256
            and numbered.table_number = tables_named.table_number
)

select
    slice_id,
    source_id,
    ordinal,
    is_duplicate,
    layout,
    collection,
    table_number,
    role,
    {{ header_at(position_of(fields, 'parent_key')) }} as key_header,
    {{ sipot_key('parent_key') }} as parent_key,
    {%- for field in values %}
    case when is_used then {{ field }} end as {{ field }},
    {%- endfor %}
    case when is_used then repairs end as repairs,
    case when is_used then unreadable_columns end as unreadable_columns,
    raw_sha256,
    page,
    position
from (
    select
        *,
        -- Whose names aren't published leave nothing here but their place.
        role <> 'persons' and role not in {{ sipot_withheld_roles() }} as is_used
    from told
) as told_apart
