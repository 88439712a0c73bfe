{%- set fields = {
    'tenderer_id': '$.id',
    'tenderer_name': '$.name',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

elements as (
    select
        slice_id,
        source_id,
        ocid,
        '/tender/tenderers/' || (tenderer.position - 1) as path,
        {{ json_texts('tenderer.element', fields) }} as texts
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.tender.tenderers', 'tenderer') }}
    where {{ json_is_object('tenderer.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        path,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    ocid,
    path,
    tenderer_id,
    tenderer_name
from extracted
