{%- set sections = {
    'participacion': ('interes', 'participacion'),
    'participacionTomaDecisiones': ('interes', 'participacion'),
    'apoyos': ('interes', 'apoyo'),
    'representacion': ('interes', 'representacion'),
    'clientesPrincipales': ('interes', 'cliente'),
    'beneficiosPrivados': ('interes', 'beneficio'),
    'fideicomisos': ('interes', 'fideicomiso'),
} -%}
{%- set coded = pdn_coded() -%}
{%- set party = {'tipoPersona': 'text', 'nombreRazonSocial': 'text', 'rfc': 'text'} -%}
{%- set item = {
    'tipoOperacion': 'text',
    'tipoRelacion': 'text',
    'nombreEmpresaSociedadAsociacion': 'text',
    'nombreInstitucion': 'text',
    'nombrePrograma': 'text',
    'nombreRazonSocial': 'text',
    'institucionOtorgante': 'text',
    'rfc': 'text',
    'rfcFideicomiso': 'text',
    'porcentajeParticipacion': 'text',
    'tipoParticipacion': 'json',
    'tipoInstitucion': coded,
    'tipoApoyo': coded,
    'tipoBeneficio': coded,
    'tipoRepresentacion': 'text',
    'tipoFideicomiso': 'text',
    'tipoPersona': 'text',
    'puestoRol': 'text',
    'fechaInicioParticipacion': 'text',
    'fechaInicioRepresentacion': 'text',
    'recibeRemuneracion': 'text',
    'montoMensual': pdn_money(),
    'montoApoyoMensual': pdn_money(),
    'montoAproximadoGanancia': pdn_money(),
    'montoMensualAproximado': pdn_money(),
    'ubicacion': {'pais': 'text', 'entidadFederativa': coded},
    'extranjero': 'text',
    'sector': coded,
    'empresa': {'nombreEmpresaServicio': 'text', 'rfc': 'text'},
    'clientePrincipal': party,
    'otorgante': party,
    'fideicomitente': party,
    'formaRecepcion': 'text',
    'especifiqueApoyo': 'text',
    'especifiqueBeneficio': 'text',
} -%}
{%- set amounts = ['montoMensual', 'montoApoyoMensual', 'montoAproximadoGanancia',
    'montoMensualAproximado'] -%}
{%- set parties = ['clientePrincipal', 'otorgante', 'fideicomitente'] -%}
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
    {{ filled('element.tipoRelacion') }} as tipo_relacion,
    coalesce(
        {{ json_text('element.tipoParticipacion', '$.clave') }},
        {{ filled('element.tipoInstitucion.clave') }},
        {{ filled('element.tipoApoyo.clave') }},
        {{ filled('element.tipoBeneficio.clave') }},
        {{ filled('element.tipoRepresentacion') }},
        {{ filled('element.tipoFideicomiso') }}
    ) as tipo_clave,
    coalesce(
        {{ json_text('element.tipoParticipacion', '$.valor') }},
        {{ filled('element.tipoInstitucion.valor') }},
        {{ filled('element.tipoApoyo.valor') }},
        {{ filled('element.tipoBeneficio.valor') }}
    ) as tipo_valor,
    coalesce(
        {{ filled('element.nombreEmpresaSociedadAsociacion') }},
        {{ filled('element.nombreInstitucion') }},
        {{ filled('element.nombrePrograma') }},
        {{ filled('element.nombreRazonSocial') }},
        {{ filled('element.empresa.nombreEmpresaServicio') }}
    ) as nombre,
    coalesce(
        {{ filled('element.rfc') }}, {{ filled('element.empresa.rfc') }},
            {{ filled('element.rfcFideicomiso') }}
    ) as rfc_persona_moral,
    coalesce(
        {{ filled('element.puestoRol') }},
        case
            when seccion = 'fideicomisos' then {{ json_text('element.tipoParticipacion', '$') }}
        end
    ) as rol,
    coalesce(
        {{ filled('element.institucionOtorgante') }},
        {%- for party in parties %}
        {{ filled('element.' ~ party ~ '.nombreRazonSocial') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as contraparte_nombre,
    coalesce(
        {%- for party in parties %}
        {{ filled('element.' ~ party ~ '.rfc') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as contraparte_rfc_persona_moral,
    coalesce(
        {%- for party in parties %}
        {{ filled('element.' ~ party ~ '.tipoPersona') }},
        {%- endfor %}
        {{ filled('element.tipoPersona') }}
    ) as tipo_persona,
    {{ try_decimal('element.porcentajeParticipacion', 28, 6) }} as porcentaje_participacion,
    coalesce(
        {{ try_date('element.fechaInicioParticipacion') }},
            {{ try_date('element.fechaInicioRepresentacion') }}
    ) as fecha_inicio,
    try_cast(element.recibeRemuneracion as boolean) as recibe_remuneracion,
    coalesce(
        {%- for amount in amounts %}
        {{ try_decimal('element.' ~ amount ~ '.valor') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as monto,
    coalesce(
        {%- for amount in amounts %}
        {{ filled('element.' ~ amount ~ '.moneda') }}{{ ',' if not loop.last }}
        {%- endfor %}
    ) as moneda,
    {{ filled('element.formaRecepcion') }} as forma_recepcion,
    coalesce({{ filled('element.especifiqueApoyo') }},
        {{ filled('element.especifiqueBeneficio') }}) as descripcion,
    {{ filled('element.sector.clave') }} as sector_clave,
    {{ filled('element.sector.valor') }} as sector_valor,
    coalesce({{ filled('element.ubicacion.pais') }}, {{ filled('element.extranjero') }}) as pais,
    {{ filled('element.ubicacion.entidadFederativa.clave') }} as entidad_clave
from items
