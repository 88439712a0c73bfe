{%- set sections = {'datosCurricularesDeclarante': ('situacionPatrimonial', 'escolaridad')} -%}
{%- set item = {
    'tipoOperacion': 'text',
    'nivel': pdn_coded(),
    'institucionEducativa': {'nombre': 'text', 'ubicacion': 'text'},
    'carreraAreaConocimiento': 'text',
    'estatus': 'text',
    'documentoObtenido': 'text',
    'fechaObtencion': 'text',
} -%}
with items as (
    {{ pdn_s1_items(sections, item) }}
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    path,
    {{ filled('element.tipoOperacion') }} as tipo_operacion,
    {{ filled('element.nivel.clave') }} as nivel_clave,
    {{ filled('element.nivel.valor') }} as nivel_valor,
    {{ filled('element.institucionEducativa.nombre') }} as institucion_educativa_nombre,
    {{ filled('element.institucionEducativa.ubicacion') }} as institucion_educativa_ubicacion,
    {{ filled('element.carreraAreaConocimiento') }} as carrera_area_conocimiento,
    {{ filled('element.estatus') }} as estatus,
    {{ filled('element.documentoObtenido') }} as documento_obtenido,
    {{ try_date('element.fechaObtencion') }} as fecha_obtencion
from items
