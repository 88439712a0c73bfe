{%- set fields = {
    'fecha_captura': '$.fechaCaptura',
    'expediente': '$.expediente',
    'institucion_nombre': '$.institucionDependencia.nombre',
    'institucion_siglas': '$.institucionDependencia.siglas',
    'institucion_clave': '$.institucionDependencia.clave',
    'nombre_razon_social': '$.particularSancionado.nombreRazonSocial',
    'objeto_social': '$.particularSancionado.objetoSocial',
    'tipo_persona': '$.particularSancionado.tipoPersona',
    'rfc': '$.particularSancionado.rfc',
    'responsable_nombres': '$.responsableSancion.nombres',
    'responsable_primer_apellido': '$.responsableSancion.primerApellido',
    'responsable_segundo_apellido': '$.responsableSancion.segundoApellido',
    'objeto_contrato': '$.objetoContrato',
    'autoridad_sancionadora': '$.autoridadSancionadora',
    'tipo_falta': '$.tipoFalta',
    'causa_motivo_hechos': '$.causaMotivoHechos',
    'acto': '$.acto',
    'resolucion_sentido': '$.resolucion.sentido',
    'resolucion_url': '$.resolucion.url',
    'resolucion_fecha_notificacion': '$.resolucion.fechaNotificacion',
    'multa_monto': '$.multa.monto',
    'multa_moneda_clave': '$.multa.moneda.clave',
    'inhabilitacion_plazo': '$.inhabilitacion.plazo',
    'inhabilitacion_fecha_inicial': '$.inhabilitacion.fechaInicial',
    'inhabilitacion_fecha_final': '$.inhabilitacion.fechaFinal',
} -%}
with records as (
    select * from {{ source('public_view', 'pdn_records') }}
),

read as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        name_status,
        {{ json_joined('record', '$.tipoSancion[*].clave') }} as tipo_sancion_claves,
        {{ json_length('record', '$.documentos') }} as documento_count,
        {{ json_texts('record', fields) }} as texts
    from records
    where system = 's3p'
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        tipo_sancion_claves,
        documento_count,
        name_status,
        {{ json_columns('texts', fields) }}
    from read
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    {{ try_timestamp('fecha_captura') }} as fecha_captura,
    expediente,
    institucion_nombre,
    institucion_siglas,
    institucion_clave,
    nombre_razon_social,
    objeto_social,
    tipo_persona,
    -- Only a legal person's RFC (12 characters) is public; the allow-list already left others out.
    case when length({{ clean_rfc('rfc') }}) = 12 then rfc end as rfc_persona_moral,
    objeto_contrato,
    autoridad_sancionadora,
    tipo_falta,
    tipo_sancion_claves,
    causa_motivo_hechos,
    acto,
    responsable_nombres,
    responsable_primer_apellido,
    responsable_segundo_apellido,
    resolucion_sentido,
    resolucion_url,
    {{ try_date('resolucion_fecha_notificacion') }} as resolucion_fecha_notificacion,
    {{ try_decimal('multa_monto') }} as multa_monto,
    multa_moneda_clave,
    inhabilitacion_plazo,
    {{ try_date('inhabilitacion_fecha_inicial') }} as inhabilitacion_fecha_inicial,
    {{ try_date('inhabilitacion_fecha_final') }} as inhabilitacion_fecha_final,
    documento_count,
    name_status
from extracted
