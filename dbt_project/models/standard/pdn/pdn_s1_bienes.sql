{%- set sections = {
    'bienesInmuebles': ('situacionPatrimonial', 'bienInmueble'),
    'vehiculos': ('situacionPatrimonial', 'vehiculo'),
    'bienesMuebles': ('situacionPatrimonial', 'bienMueble'),
    'inversiones': ('situacionPatrimonial', 'inversion'),
    'adeudos': ('situacionPatrimonial', 'adeudo'),
    'prestamoOComodato': ('situacionPatrimonial', 'prestamo'),
} -%}
{%- set coded = pdn_coded() -%}
{%- set item = {
    'tipoOperacion': 'text',
    'tipoInmueble': coded,
    'tipoVehiculo': coded,
    'tipoBien': {
        'clave': 'text',
        'valor': 'text',
        'inmueble': {'tipoInmueble': coded},
        'vehiculo': {'tipo': coded, 'marca': 'text', 'modelo': 'text', 'anio': 'text'},
    },
    'tipoInversion': coded,
    'subTipoInversion': coded,
    'tipoAdeudo': coded,
    'titular': [coded],
    'descripcionGeneralBien': 'text',
    'marca': 'text',
    'modelo': 'text',
    'anio': 'text',
    'porcentajePropiedad': 'text',
    'superficieTerreno': {'valor': 'text', 'unidad': 'text'},
    'superficieConstruccion': {'valor': 'text', 'unidad': 'text'},
    'transmisor': [{'tipoPersona': 'text', 'nombreRazonSocial': 'text'}],
    'formaAdquisicion': coded,
    'formaPago': 'text',
    'valorAdquisicion': pdn_money(),
    'montoOriginal': pdn_money(),
    'fechaAdquisicion': 'text',
    'valorConformeA': 'text',
    'motivoBaja': coded,
    'localizacionInversion': {'pais': 'text', 'institucionRazonSocial': 'text', 'rfc': 'text'},
    'otorganteCredito': {'tipoPersona': 'text', 'nombreInstitucion': 'text', 'rfc': 'text'},
    'localizacionAdeudo': {'pais': 'text'},
} -%}
{#- What the item is: each section has its own field for it. -#}
{%- set kinds = [
    'tipoInmueble', 'tipoVehiculo', 'tipoBien', 'tipoInversion', 'tipoAdeudo',
        'tipoBien.inmueble.tipoInmueble',
    'tipoBien.vehiculo.tipo',
] -%}
with items as (
    {{ pdn_s1_items(sections, item) }}
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    path,
    seccion,
    {{ filled('element.tipoOperacion') }} as tipo_operacion,
    coalesce(
        {%- for kind in kinds %}
        {{ filled('element.' ~ kind ~ '.clave') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as tipo_clave,
    coalesce(
        {%- for kind in kinds %}
        {{ filled('element.' ~ kind ~ '.valor') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as tipo_valor,
    {{ filled('element.subTipoInversion.clave') }} as subtipo_clave,
    {{ filled('element.subTipoInversion.valor') }} as subtipo_valor,
    {{ filled('element.descripcionGeneralBien') }} as descripcion,
    coalesce({{ filled('element.marca') }}, {{ filled('element.tipoBien.vehiculo.marca') }})
        as marca,
    coalesce({{ filled('element.modelo') }}, {{ filled('element.tipoBien.vehiculo.modelo') }})
        as modelo,
    try_cast(coalesce(element.anio, element.tipoBien.vehiculo.anio) as integer) as anio,
    {{ filled(list_first('element.titular') ~ '.clave') }} as titular_clave,
    {{ try_decimal('element.porcentajePropiedad', 28, 6) }} as porcentaje_propiedad,
    {{ try_decimal('element.superficieTerreno.valor') }} as superficie_terreno,
    {{ filled('element.superficieTerreno.unidad') }} as superficie_terreno_unidad,
    {{ try_decimal('element.superficieConstruccion.valor') }} as superficie_construccion,
    {{ filled('element.superficieConstruccion.unidad') }} as superficie_construccion_unidad,
    {{ filled('element.formaAdquisicion.clave') }} as forma_adquisicion_clave,
    {{ filled('element.formaAdquisicion.valor') }} as forma_adquisicion_valor,
    {{ filled('element.formaPago') }} as forma_pago,
    coalesce(
        {{ try_decimal('element.valorAdquisicion.valor') }},
            {{ try_decimal('element.montoOriginal.valor') }}
    ) as monto,
    coalesce({{ filled('element.valorAdquisicion.moneda') }},
        {{ filled('element.montoOriginal.moneda') }}) as moneda,
    {{ try_date('element.fechaAdquisicion') }} as fecha_adquisicion,
    {{ filled('element.valorConformeA') }} as valor_conforme_a,
    {{ filled('element.motivoBaja.clave') }} as motivo_baja_clave,
    {{ filled('element.motivoBaja.valor') }} as motivo_baja_valor,
    {{ filled(list_first('element.transmisor') ~ '.tipoPersona') }} as transmisor_tipo_persona,
    {{ filled(list_first('element.transmisor') ~ '.nombreRazonSocial') }} as transmisor_nombre,
    coalesce(
        {{ filled('element.localizacionInversion.institucionRazonSocial') }},
        {{ filled('element.otorganteCredito.nombreInstitucion') }}
    ) as institucion_nombre,
    coalesce(
        {{ filled('element.localizacionInversion.rfc') }},
            {{ filled('element.otorganteCredito.rfc') }}
    ) as rfc_persona_moral,
    coalesce(
        {{ filled('element.localizacionInversion.pais') }},
            {{ filled('element.localizacionAdeudo.pais') }}
    ) as pais
from items
