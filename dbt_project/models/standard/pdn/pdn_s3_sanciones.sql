{%- set fields = {
    'clave': '$.clave',
    'valor': '$.valor',
    'descripcion': '$.descripcion',
} -%}
{%- set fields_v2 = {
    'clave_normalizada': '$.clave',
    'plazo_anios': '$.inhabilitacion.plazoAnios',
    'plazo_meses': '$.inhabilitacion.plazoMeses',
    'plazo_dias': '$.inhabilitacion.plazoDias',
    'fecha_inicial': '$.inhabilitacion.fechaInicial',
    'fecha_final': '$.inhabilitacion.fechaFinal',
    'suspension_meses': '$.suspensionEmpleo.plazoMeses',
    'suspension_dias': '$.suspensionEmpleo.plazoDias',
    'suspension_inicial': '$.suspensionEmpleo.fechaInicial',
    'suspension_final': '$.suspensionEmpleo.fechaFinal',
    'actividades_anios': '$.suspensionActividades.plazoSuspensioAnios',
    'actividades_meses': '$.suspensionActividades.plazoSuspensionMeses',
    'actividades_dias': '$.suspensionActividades.plazoSuspensionDias',
    'actividades_inicial': '$.suspensionActividades.fechaInicial',
    'actividades_final': '$.suspensionActividades.fechaFinal',
    'fecha_destitucion': '$.destitucionEmpleo.fechaDestitucion',
    'fecha_disolucion': '$.disolucionSociedad.fechaDisolucion',
    'amonestacion_tipo': '$.amonestacion.tipo',
    'denominacion': '$.otro.denominacionSancion',
    'economica_monto': '$.sancionEconomica.monto',
    'economica_moneda': '$.sancionEconomica.moneda',
    'economica_pago_anios': '$.sancionEconomica.plazoPago.anios',
    'economica_pago_meses': '$.sancionEconomica.plazoPago.meses',
    'economica_pago_dias': '$.sancionEconomica.plazoPago.dias',
    'economica_cobrado': '$.sancionEconomica.efectivamenteCobrado.monto',
    'economica_cobrado_moneda': '$.sancionEconomica.efectivamenteCobrado.moneda',
    'economica_cobro': '$.sancionEconomica.efectivamenteCobrado.fechaCobro',
    'indemnizacion_monto': '$.indemnizacion.monto',
    'indemnizacion_moneda': '$.indemnizacion.moneda',
    'indemnizacion_pago_anios': '$.indemnizacion.plazoPago.anios',
    'indemnizacion_pago_meses': '$.indemnizacion.plazoPago.meses',
    'indemnizacion_pago_dias': '$.indemnizacion.plazoPago.dias',
    'indemnizacion_cobrado': '$.indemnizacion.efectivamenteCobrado.monto',
    'indemnizacion_cobrado_moneda': '$.indemnizacion.efectivamenteCobrado.moneda',
    'indemnizacion_cobro': '$.indemnizacion.efectivamenteCobrado.fechaCobro',
} -%}
with records as (
    select * from {{ source('public_view', 'pdn_records') }}
),

-- The elements as published and as mapped to v2, which are as many and in the same order.
elements as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        system,
        dialect,
        collection,
        '/tipoSancion/' || (sancion.position - 1) as path,
        {{ json_texts('sancion.element', fields) }} as texts,
        {{ json_texts('mapped.element', fields_v2) }} as texts_v2
    from records
    cross join {{ explode_json('records.record', '$.tipoSancion', 'sancion') }}
    cross join {{ explode_json('records.record_v2', '$.tipoSancion', 'mapped') }}
    where
        system in ('s3s', 's3p')
        and sancion.position = mapped.position
        and {{ json_is_object('sancion.element') }}
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
        path,
        {{ json_columns('texts', fields) }},
        {{ json_columns('texts_v2', fields_v2) }}
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
    coalesce(descripcion, denominacion) as descripcion,
    dialect,
    collection,
    clave_normalizada,
    denominacion,
    amonestacion_tipo,
    {{ try_integer('coalesce(plazo_anios, actividades_anios)') }} as plazo_anios,
    {{ try_integer('coalesce(plazo_meses, suspension_meses, actividades_meses)') }} as plazo_meses,
    {{ try_integer('coalesce(plazo_dias, suspension_dias, actividades_dias)') }} as plazo_dias,
    {{ try_date('coalesce(fecha_inicial, suspension_inicial, actividades_inicial)') }}
        as fecha_inicial,
    {{ try_date('coalesce(fecha_final, suspension_final, actividades_final)') }} as fecha_final,
    {{ try_date('coalesce(fecha_destitucion, fecha_disolucion)') }} as fecha_ejecucion,
    {{ try_decimal('coalesce(economica_monto, indemnizacion_monto)') }} as monto,
    coalesce(economica_moneda, indemnizacion_moneda) as moneda,
    {{ try_integer('coalesce(economica_pago_anios, indemnizacion_pago_anios)') }}
        as plazo_pago_anios,
    {{ try_integer('coalesce(economica_pago_meses, indemnizacion_pago_meses)') }}
        as plazo_pago_meses,
    {{ try_integer('coalesce(economica_pago_dias, indemnizacion_pago_dias)') }} as plazo_pago_dias,
    {{ try_decimal('coalesce(economica_cobrado, indemnizacion_cobrado)') }} as cobrado_monto,
    coalesce(economica_cobrado_moneda, indemnizacion_cobrado_moneda) as cobrado_moneda,
    {{ try_date('coalesce(economica_cobro, indemnizacion_cobro)') }} as cobrado_fecha
from extracted
