{%- set fields = {
    'fecha_captura': '$.fechaCaptura',
    'expediente': '$.expediente',
    'institucion_nombre': '$.institucionDependencia.nombre',
    'institucion_siglas': '$.institucionDependencia.siglas',
    'institucion_clave': '$.institucionDependencia.clave',
    'nombres': '$.servidorPublicoSancionado.nombres',
    'primer_apellido': '$.servidorPublicoSancionado.primerApellido',
    'segundo_apellido': '$.servidorPublicoSancionado.segundoApellido',
    'genero_clave': '$.servidorPublicoSancionado.genero.clave',
    'genero_valor': '$.servidorPublicoSancionado.genero.valor',
    'puesto': '$.servidorPublicoSancionado.puesto',
    'nivel': '$.servidorPublicoSancionado.nivel',
    'autoridad_sancionadora': '$.autoridadSancionadora',
    'tipo_falta_clave': '$.tipoFalta.clave',
    'tipo_falta_valor': '$.tipoFalta.valor',
    'tipo_falta_descripcion': '$.tipoFalta.descripcion',
    'causa_motivo_hechos': '$.causaMotivoHechos',
    'resolucion_url': '$.resolucion.url',
    'resolucion_fecha': '$.resolucion.fechaResolucion',
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
    where system = 's3s'
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
    {{ unless_reserved('nombres') }} as nombres,
    {{ unless_reserved('primer_apellido') }} as primer_apellido,
    {{ unless_reserved('segundo_apellido') }} as segundo_apellido,
    genero_clave,
    genero_valor,
    {{ unless_reserved('puesto') }} as puesto,
    nivel,
    autoridad_sancionadora,
    tipo_falta_clave,
    tipo_falta_valor,
    tipo_falta_descripcion,
    tipo_sancion_claves,
    causa_motivo_hechos,
    resolucion_url,
    {{ try_date('resolucion_fecha') }} as resolucion_fecha,
    {{ try_decimal('multa_monto') }} as multa_monto,
    multa_moneda_clave,
    inhabilitacion_plazo,
    {{ try_date('inhabilitacion_fecha_inicial') }} as inhabilitacion_fecha_inicial,
    {{ try_date('inhabilitacion_fecha_final') }} as inhabilitacion_fecha_final,
    documento_count,
    name_status
from extracted
