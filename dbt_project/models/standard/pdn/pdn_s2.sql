{%- set fields_v2 = {
    'entidad_federativa': '$.empleoCargoComision.entidadFederativa',
    'nivel_orden_gobierno': '$.empleoCargoComision.nivelOrdenGobierno',
    'ambito_publico': '$.empleoCargoComision.ambitoPublico',
    'nivel_jerarquico_clave': '$.empleoCargoComision.nivelJerarquico.clave',
    'nivel_jerarquico_valor': '$.empleoCargoComision.nivelJerarquico.valor',
    'area_adscripcion': '$.empleoCargoComision.areaAdscripcion',
    'tipo_procedimiento_v2': '$.tipoProcedimiento',
} -%}
{%- set fields = {
    'fecha_captura': '$.fechaCaptura',
    'ejercicio_fiscal': '$.ejercicioFiscal',
    'ramo_clave': '$.ramo.clave',
    'ramo_valor': '$.ramo.valor',
    'nombres': '$.nombres',
    'primer_apellido': '$.primerApellido',
    'segundo_apellido': '$.segundoApellido',
    'genero_clave': '$.genero.clave',
    'genero_valor': '$.genero.valor',
    'institucion_nombre': '$.institucionDependencia.nombre',
    'institucion_siglas': '$.institucionDependencia.siglas',
    'institucion_clave': '$.institucionDependencia.clave',
    'puesto_nombre': '$.puesto.nombre',
    'puesto_nivel': '$.puesto.nivel',
    'superior_nombres': '$.superiorInmediato.nombres',
    'superior_primer_apellido': '$.superiorInmediato.primerApellido',
    'superior_segundo_apellido': '$.superiorInmediato.segundoApellido',
    'superior_puesto_nombre': '$.superiorInmediato.puesto.nombre',
    'superior_puesto_nivel': '$.superiorInmediato.puesto.nivel',
    'observaciones': '$.observaciones',
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
        dialect,
        collection,
        withheld,
        {{ json_joined('record_v1', '$.tipoArea[*].clave') }} as tipo_area_claves,
        {{ json_joined('record_v1', '$.nivelResponsabilidad[*].clave') }}
            as nivel_responsabilidad_claves,
        {{ json_joined('record_v1', '$.tipoProcedimiento[*].clave') }} as tipo_procedimiento_claves,
        {{ json_texts('record_v1', fields) }} as texts,
        {{ json_texts('record_v2', fields_v2) }} as texts_v2
    from records
    where system = 's2'
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        name_status,
        dialect,
        collection,
        withheld,
        tipo_area_claves,
        nivel_responsabilidad_claves,
        tipo_procedimiento_claves,
        {{ json_columns('texts', fields) }},
        {{ json_columns('texts_v2', fields_v2) }}
    from read
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    {{ try_timestamp('fecha_captura') }} as fecha_captura,
    ejercicio_fiscal,
    ramo_clave,
    ramo_valor,
    nombres,
    primer_apellido,
    segundo_apellido,
    genero_clave,
    genero_valor,
    institucion_nombre,
    institucion_siglas,
    institucion_clave,
    puesto_nombre,
    puesto_nivel,
    tipo_area_claves,
    nivel_responsabilidad_claves,
    tipo_procedimiento_claves,
    superior_nombres,
    superior_primer_apellido,
    superior_segundo_apellido,
    superior_puesto_nombre,
    superior_puesto_nivel,
    observaciones,
    name_status,
    dialect,
    collection,
    entidad_federativa,
    nivel_orden_gobierno,
    ambito_publico,
    nivel_jerarquico_clave,
    nivel_jerarquico_valor,
    area_adscripcion,
    tipo_procedimiento_v2,
    nullif(withheld, '') as withheld
from extracted
