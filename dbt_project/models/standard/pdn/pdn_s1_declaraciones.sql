{%- set general = 'declaracion.situacionPatrimonial.datosGenerales' -%}
{%- set post = '$.declaracion.situacionPatrimonial.datosEmpleoCargoComision' -%}
{%- set income = '$.declaracion.situacionPatrimonial.ingresos' -%}
{%- set fields = {
    'actualizacion': '$.metadata.actualizacion',
    'institucion': '$.metadata.institucion',
    'tipo': '$.metadata.tipo',
    'declaracion_completa': '$.metadata.declaracionCompleta',
    'actualizacion_conflicto_interes': '$.metadata.actualizacionConflictoInteres',
    'nombre': '$.' ~ general ~ '.nombre',
    'primer_apellido': '$.' ~ general ~ '.primerApellido',
    'segundo_apellido': '$.' ~ general ~ '.segundoApellido',
    'nivel_orden_gobierno': post ~ '.nivelOrdenGobierno',
    'ambito_publico': post ~ '.ambitoPublico',
    'nombre_ente_publico': post ~ '.nombreEntePublico',
    'area_adscripcion': post ~ '.areaAdscripcion',
    'empleo_cargo_comision': post ~ '.empleoCargoComision',
    'contratado_por_honorarios': post ~ '.contratadoPorHonorarios',
    'nivel_empleo_cargo_comision': post ~ '.nivelEmpleoCargoComision',
    'funcion_principal': post ~ '.funcionPrincipal',
    'fecha_toma_posesion': post ~ '.fechaTomaPosesion',
    'entidad_clave': post ~ '.domicilioMexico.entidadFederativa.clave',
    'municipio_clave': post ~ '.domicilioMexico.municipioAlcaldia.clave',
    'pais': post ~ '.domicilioExtranjero.pais',
    'otro_cargo_publico': post ~ '.cuentaConOtroCargoPublico',
    'cargo_mensual': income ~ '.remuneracionMensualCargoPublico.valor',
    'cargo_anual': income ~ '.remuneracionAnualCargoPublico.valor',
    'cargo_conclusion': income ~ '.remuneracionConclusionCargoPublico.valor',
    'neto_mensual': income ~ '.ingresoMensualNetoDeclarante.valor',
    'neto_anual': income ~ '.ingresoAnualNetoDeclarante.valor',
    'neto_conclusion': income ~ '.ingresoConclusionNetoDeclarante.valor',
    'moneda_mensual': income ~ '.ingresoMensualNetoDeclarante.moneda',
    'moneda_anual': income ~ '.ingresoAnualNetoDeclarante.moneda',
    'moneda_conclusion': income ~ '.ingresoConclusionNetoDeclarante.moneda',
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
        {{ json_texts('record', fields) }} as texts
    from records
    where system = 's1'
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        name_status,
        {{ json_columns('texts', fields) }}
    from read
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    {{ try_timestamp('actualizacion') }} as actualizacion,
    institucion,
    -- Services write it with and without its accents.
    upper({{ plain_text('tipo') }}) as tipo,
    try_cast(declaracion_completa as boolean) as declaracion_completa,
    try_cast(actualizacion_conflicto_interes as boolean) as actualizacion_conflicto_interes,
    nombre,
    primer_apellido,
    segundo_apellido,
    nivel_orden_gobierno,
    ambito_publico,
    nombre_ente_publico,
    area_adscripcion,
    empleo_cargo_comision,
    try_cast(contratado_por_honorarios as boolean) as contratado_por_honorarios,
    nivel_empleo_cargo_comision,
    funcion_principal,
    {{ try_date('fecha_toma_posesion') }} as fecha_toma_posesion,
    entidad_clave,
    municipio_clave,
    pais,
    try_cast(otro_cargo_publico as boolean) as cuenta_con_otro_cargo_publico,
    {{ try_decimal('coalesce(cargo_mensual, cargo_anual, cargo_conclusion)') }}
        as remuneracion_cargo_publico,
    {{ try_decimal('coalesce(neto_mensual, neto_anual, neto_conclusion)') }}
        as ingreso_neto_declarante,
    coalesce(moneda_mensual, moneda_anual, moneda_conclusion) as moneda,
    name_status
from extracted
