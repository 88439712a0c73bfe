{%- set fields = {
    'clave': '$.clave',
    'valor': '$.valor',
    'descripcion': '$.descripcion',
} -%}
{%- set fields_v1 = {
    'clave': '$.tipoFalta.clave',
    'valor': '$.tipoFalta.valor',
    'descripcion': '$.tipoFalta.descripcion',
    'words': '$.tipoFalta',
} -%}
{%- set fields_v2 = {
    'descripcion_hechos': '$.descripcionHechos',
    'clave_normalizada': '$.clave',
    'norma_nombre': '$.normatividadInfringida[0].nombreNormatividad',
    'norma_articulo': '$.normatividadInfringida[0].articulo',
    'norma_fraccion': '$.normatividadInfringida[0].fraccion',
} -%}
with records as (
    select * from {{ source('public_view', 'pdn_records') }}
),

-- v2 has a list of faults; v1 one, of a private party in words only.
v2 as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        system,
        dialect,
        collection,
        gravity,
        '/faltaCometida/' || (falta.position - 1) as path,
        {{ json_texts('falta.element', fields) }} as texts,
        {{ json_texts('mapped.element', fields_v2) }} as texts_v2
    from records
    cross join {{ explode_json('records.record', '$.faltaCometida', 'falta') }}
    cross join {{ explode_json('records.record_v2', '$.faltaCometida', 'mapped') }}
    where
        dialect = 'v2'
        and system in ('s3s', 's3p')
        and falta.position = mapped.position
        and {{ json_is_object('falta.element') }}
),

v1 as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        system,
        dialect,
        collection,
        gravity,
        '/tipoFalta' as path,
        {{ json_is_object('record', '$.tipoFalta') }} as is_coded,
        {{ json_texts('record', fields_v1) }} as texts,
        {{ json_texts('mapped.element', fields_v2) }} as texts_v2
    from records
    cross join {{ explode_json('records.record_v2', '$.faltaCometida', 'mapped') }}
    where
        dialect = 'v1'
        and system in ('s3s', 's3p')
        and mapped.position = 1
        and {{ json_text('record', '$.tipoFalta') }} is not null
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        system,
        dialect,
        collection,
        gravity,
        path,
        {{ json_columns('texts', fields) }},
        {{ json_columns('texts_v2', fields_v2) }}
    from v2
    union all
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        system,
        dialect,
        collection,
        gravity,
        path,
        case when is_coded then texts[1] end as clave,
        case when is_coded then texts[2] else texts[4] end as valor,
        case when is_coded then texts[3] end as descripcion,
        {{ json_columns('texts_v2', fields_v2) }}
    from v1
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    system,
    dialect,
    collection,
    path,
    clave,
    valor,
    nullif(trim(descripcion), '') as descripcion,
    clave_normalizada,
    gravity as gravedad,
    descripcion_hechos,
    norma_nombre,
    norma_articulo,
    norma_fraccion
from extracted
