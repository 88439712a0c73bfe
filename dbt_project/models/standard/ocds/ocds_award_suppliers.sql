{%- set fields = {
    'supplier_id': '$.id',
    'supplier_name': '$.name',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

{{ ocds_parents('awards') }},

elements as (
    select
        slice_id,
        source_id,
        ocid,
        path || '/suppliers/' || (supplier.position - 1) as path,
        {{ json_text('parent', '$.id') }} as award_id,
        {{ json_texts('supplier.element', fields) }} as texts
    from awards
    cross join {{ explode_json('parent', '$.suppliers', 'supplier') }}
    where {{ json_is_object('supplier.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        path,
        award_id,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    ocid,
    path,
    award_id,
    supplier_id,
    supplier_name
from extracted
