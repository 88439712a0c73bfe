{%- set fields = {
    'clave': '$.clave',
    'valor': '$.valor',
} -%}
with records as (
    select * from {{ source('public_view', 'pdn_records') }}
),

elements as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        '/tipoProcedimiento/' || (procedimiento.position - 1) as path,
        {{ json_texts('procedimiento.element', fields) }} as texts
    from records
    cross join {{ explode_json('records.record', '$.tipoProcedimiento', 'procedimiento') }}
    where
        system = 's2'
        and {{ json_is_object('procedimiento.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        path,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    path,
    clave,
    valor
from extracted
