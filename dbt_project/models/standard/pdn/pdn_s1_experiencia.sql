{%- set sections = {'experienciaLaboral': ('situacionPatrimonial', 'experiencia')} -%}
{%- set item = {
    'tipoOperacion': 'text',
    'ambitoSector': pdn_coded(),
    'nivelOrdenGobierno': 'text',
    'ambitoPublico': 'text',
    'nombreEntePublico': 'text',
    'areaAdscripcion': 'text',
    'empleoCargoComision': 'text',
    'funcionPrincipal': 'text',
    'nombreEmpresaSociedadAsociacion': 'text',
    'rfc': 'text',
    'area': 'text',
    'puesto': 'text',
    'sector': pdn_coded(),
    'fechaIngreso': 'text',
    'fechaEgreso': 'text',
    'ubicacion': 'text',
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
    {{ filled('element.ambitoSector.clave') }} as ambito_sector_clave,
    {{ filled('element.ambitoSector.valor') }} as ambito_sector_valor,
    {{ filled('element.nivelOrdenGobierno') }} as nivel_orden_gobierno,
    {{ filled('element.ambitoPublico') }} as ambito_publico,
    coalesce(
        {{ filled('element.nombreEntePublico') }},
            {{ filled('element.nombreEmpresaSociedadAsociacion') }}
    ) as institucion_nombre,
    {{ filled('element.rfc') }} as rfc_persona_moral,
    coalesce({{ filled('element.areaAdscripcion') }}, {{ filled('element.area') }}) as area,
    coalesce({{ filled('element.empleoCargoComision') }}, {{ filled('element.puesto') }}) as puesto,
    {{ filled('element.funcionPrincipal') }} as funcion_principal,
    {{ filled('element.sector.clave') }} as sector_clave,
    {{ filled('element.sector.valor') }} as sector_valor,
    {{ try_date('element.fechaIngreso') }} as fecha_ingreso,
    {{ try_date('element.fechaEgreso') }} as fecha_egreso,
    {{ filled('element.ubicacion') }} as ubicacion
from items
