{%- set fields = {
    'clave': '$.clave',
    'valor': '$.valor',
    'descripcion': '$.descripcion',
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
        system,
        '/tipoSancion/' || (sancion.position - 1) as path,
        {{ json_texts('sancion.element', fields) }} as texts
    from records
    cross join {{ explode_json('records.record', '$.tipoSancion', 'sancion') }}
    where
        system in ('s3s', 's3p')
        and {{ json_is_object('sancion.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        system,
        path,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    system,
    path,
    clave,
    valor,
    descripcion
from extracted
