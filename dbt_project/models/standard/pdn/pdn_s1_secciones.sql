{%- set shape = {
    'publicacion': {
        'secciones': [{'seccion': 'text', 'estado': 'text', 'recibidos': 'text',
            'publicados': 'text'}],
    },
} -%}
with declarations as (
    {{ pdn_s1_declarations(shape) }}
),

sections as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        {{ unnested('declaration.publicacion.secciones', 'section', 'place') }}
    from declarations
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    section.seccion as seccion,
    section.estado as estado,
    try_cast(section.recibidos as integer) as items_recibidos,
    try_cast(section.publicados as integer) as items_publicados
from sections
