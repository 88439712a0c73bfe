{%- set fields = {
    'fecha_captura_text': '$.fechaCaptura',
    'expediente': '$.expediente',
    'ejercicio_fiscal': '$.ejercicioFiscal',
    'institucion': '$.institucionDependencia.nombre',
    'siglas': '$.institucionDependencia.siglas',
    's2_nombres': '$.nombres',
    's2_primer_apellido': '$.primerApellido',
    's3s_nombres': '$.servidorPublicoSancionado.nombres',
    's3s_primer_apellido': '$.servidorPublicoSancionado.primerApellido',
    's3p_nombre': '$.particularSancionado.nombreRazonSocial',
    's2_puesto_nombre': '$.puesto.nombre',
    's2_puesto_nivel': '$.puesto.nivel',
    's3s_puesto': '$.servidorPublicoSancionado.puesto',
    's3s_nivel': '$.servidorPublicoSancionado.nivel',
    'autoridad_sancionadora': '$.autoridadSancionadora',
    'tipo_falta_clave': '$.tipoFalta.clave',
    'causa_motivo_hechos': '$.causaMotivoHechos',
    'objeto_contrato': '$.objetoContrato',
    'acto': '$.acto',
    'observaciones': '$.observaciones',
    'fecha_resolucion_text': '$.resolucion.fechaResolucion',
    'fecha_notificacion_text': '$.resolucion.fechaNotificacion',
    'multa_monto_text': '$.multa.monto',
    'multa_moneda': '$.multa.moneda.clave',
    'plazo': '$.inhabilitacion.plazo',
    'fecha_inicial_text': '$.inhabilitacion.fechaInicial',
    'fecha_final_text': '$.inhabilitacion.fechaFinal',
} -%}
-- Records of the PDN (S2, S3 servidores and particulares) in their public view: what structure alone can't
-- tell. Read from the JSON, because the tables hold what could be cast and these rules ask for the rest; records of
-- v2 in the shape of v1, so that each rule is one for both generations. Their codes are in quality_pdn_codes, what the
-- tables tell in quality_pdn_plausibility.
with records as (
    select
        slice_id,
        system,
        dialect,
        collection,
        record_id,
        record,
        record_v1,
        name_status,
        cast(ordinal as varchar) as entity_key
    from {{ source('public_view', 'pdn_records') }}
    where system in ('s2', 's3s', 's3p')
),

generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

currencies as (
    select code from {{ ref('ocds_codelists') }} where codelist = 'currency'
),

parsed as (
    select
        slice_id,
        system,
        dialect,
        collection,
        record_id,
        entity_key,
        name_status,
        record,
        {{ json_texts('record_v1', fields) }} as texts
    from records
),

extracted as (
    select
        slice_id,
        system,
        dialect,
        collection,
        record_id,
        entity_key,
        name_status,
        record,
        {{ json_columns('texts', fields) }},
        {{ json_text('record', '$.faltaCometida[0].clave') }} as falta_clave
    from parsed
),

cast_records as (
    select
        extracted.*,
        generations.fetched_at,
        {{ try_timestamp('extracted.fecha_captura_text') }} as fecha_captura,
        {{ try_date('extracted.fecha_resolucion_text') }} as fecha_resolucion,
        {{ try_date('extracted.fecha_notificacion_text') }} as fecha_notificacion,
        {{ try_decimal('extracted.multa_monto_text') }} as multa_monto,
        {{ try_date('extracted.fecha_inicial_text') }} as fecha_inicial,
        {{ try_date('extracted.fecha_final_text') }} as fecha_final
    from extracted
    left join generations on extracted.slice_id = generations.slice_id
),

sanciones as (
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        clave,
        clave_normalizada
    from {{ ref('pdn_s3_sanciones') }}
    where clave is not null
),

-- PDN-I01: one id, one record. Byte-equal repetitions were counted at landing and are gone; a record without an id of
-- its own is called by its content (sin-id-…), which may well be that of two.
i01 as (
    select
        {{ place(
            'PDN-I01',
            ok='count(*) over (partition by slice_id, collection, record_id) = 1',
            path="'/id'",
            value='record_id',
            entity_key='entity_key',
        ) }}
    from records
    where record_id not like 'sin-id-%'
),

-- PDN-I02: one sanction, one record.
sanctions as (
    select
        cast_records.slice_id,
        cast_records.entity_key,
        cast_records.system,
        cast_records.record_id,
        cast_records.expediente,
        {{ plain_text('cast_records.institucion') }} as institucion,
        {{ plain_text("concat_ws(' ', s3s_nombres, s3s_primer_apellido, s3p_nombre)") }} as persona,
        (
            select string_agg(sanciones.clave, ',' order by sanciones.clave)
            from sanciones
            where
                cast_records.slice_id = sanciones.slice_id
                and cast_records.entity_key = sanciones.entity_key
        ) as claves
    from cast_records
    where
        cast_records.system in ('s3s', 's3p')
        and trim(cast_records.expediente) <> ''
        and cast_records.name_status = 'public'
),

repeated_sanctions as (
    select
        slice_id,
        system,
        expediente,
        institucion,
        persona,
        claves,
        count(distinct record_id) as record_count
    from sanctions
    group by slice_id, system, expediente, institucion, persona, claves
),

i02 as (
    select
        {{ place(
            'PDN-I02',
            ok='repeated_sanctions.record_count = 1',
            path="'/expediente'",
            value='sanctions.expediente',
            of='sanctions',
            entity_key='entity_key',
        ) }}
    from sanctions
    inner join repeated_sanctions
        on
            sanctions.slice_id = repeated_sanctions.slice_id
            and sanctions.system = repeated_sanctions.system
            and sanctions.expediente = repeated_sanctions.expediente
            and sanctions.institucion is not distinct from repeated_sanctions.institucion
            and sanctions.persona is not distinct from repeated_sanctions.persona
            and sanctions.claves is not distinct from repeated_sanctions.claves
),


-- PDN-D01: the date of capture can be read and isn't in the future.
d01 as (
    select
        {{ place(
            'PDN-D01',
            ok="fecha_captura >= timestamp '2000-01-01'"
            ~ ' and cast(fecha_captura as date) <= cast(fetched_at + interval 14 hour as date)',
            path=pdn_pointer('/fechaCaptura'),
            value='fecha_captura_text',
            entity_key='entity_key',
        ) }}
    from cast_records
    where trim(fecha_captura_text) <> '' and fetched_at is not null
),

-- PDN-D02: somebody looked at the record within a year.
d02 as (
    select
        {{ place(
            'PDN-D02',
            ok='cast(fetched_at as date) - cast(fecha_captura as date) <= 366',
            path=pdn_pointer('/fechaCaptura'),
            value='fecha_captura_text',
            entity_key='entity_key',
        ) }}
    from cast_records
    where system = 's2' and cast(fecha_captura as date) <= cast(fetched_at + interval 14 hour as date)
),

-- PDN-D03: a disqualification ends after it starts.
d03 as (
    select
        {{ place(
            'PDN-D03',
            ok='fecha_inicial <= fecha_final',
            path=pdn_pointer('/inhabilitacion/fechaFinal'),
            value="fecha_inicial || ' > ' || fecha_final",
            entity_key='entity_key',
        ) }}
    from cast_records
    where fecha_inicial is not null and fecha_final is not null
),

-- PDN-D04: the term says as many days as there are between the dates, give or take a month.
terms as (
    select
        slice_id,
        system,
        dialect,
        entity_key,
        plazo,
        fecha_inicial,
        fecha_final,
        {%- for unit, pattern in {'anios': 'anos?', 'meses': 'mes(?:es)?', 'dias': 'dias?'}.items() %}
        coalesce(
            try_cast(
                regexp_extract(
                    {{ plain_text('plazo') }}, '(\d+)\s*(?:\([^)]*\)\s*)?{{ pattern }}\b', 1
                ) as integer
            ),
            0
        ) as {{ unit }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from cast_records
    where plazo is not null and fecha_inicial <= fecha_final
),

d04 as (
    select
        {{ place(
            'PDN-D04',
            ok='abs(anios * 365.25 + meses * 30.44 + dias - (fecha_final - fecha_inicial)) <= 31',
            path=pdn_pointer('/inhabilitacion/plazo'),
            value="plazo || ' ≠ ' || (fecha_final - fecha_inicial) || ' días'",
            entity_key='entity_key',
        ) }}
    from terms
    where anios + meses + dias > 0
),

-- PDN-D05: nobody is barred before it is resolved.
d05 as (
    select
        {{ place(
            'PDN-D05',
            ok='coalesce(fecha_resolucion, fecha_notificacion) <= fecha_inicial',
            path=pdn_pointer('/inhabilitacion/fechaInicial'),
            value="fecha_inicial || ' < ' || coalesce(fecha_resolucion, fecha_notificacion)",
            entity_key='entity_key',
        ) }}
    from cast_records
    where fecha_inicial is not null and coalesce(fecha_resolucion, fecha_notificacion) is not null
),

-- PDN-D06: the fiscal year is a year.
d06 as (
    select
        {{ place(
            'PDN-D06',
            ok="regexp_matches(ejercicio_fiscal, '^\\d{4}$')"
            ~ ' and try_cast(ejercicio_fiscal as integer) between 2000 and extract(year from fetched_at) + 1',
            path=pdn_pointer('/ejercicioFiscal'),
            value='ejercicio_fiscal',
            entity_key='entity_key',
        ) }}
    from cast_records
    where system = 's2' and ejercicio_fiscal is not null and fetched_at is not null
),

-- PDN-M01: a fine is more than nothing.
m01 as (
    select
        {{ place(
            'PDN-M01',
            ok='multa_monto > 0',
            path=pdn_pointer('/multa/monto'),
            value='multa_monto_text',
            entity_key='entity_key',
        ) }}
    from cast_records
    where multa_monto_text is not null or multa_moneda is not null
),

-- The amounts of v2 as published: M02 asks for the code that was written, not for the one that was meant.
amounts_v2 as (
    {%- for name in ['sancionEconomica', 'indemnizacion'] %}
    select
        slice_id,
        entity_key,
        '/tipoSancion/' || (sancion.position - 1) || '/{{ name }}/moneda' as path,
        {{ json_text('sancion.element', '$.' ~ name ~ '.moneda') }} as moneda
    from records
    cross join {{ explode_json('records.record', '$.tipoSancion', 'sancion') }}
    where dialect = 'v2'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- PDN-M02: a fine is in a currency of ISO 4217.
m02 as (
    select
        {{ place(
            'PDN-M02',
            ok='multa_moneda in (select code from currencies)',
            path=pdn_pointer('/multa/moneda/clave'),
            value='multa_moneda',
            entity_key='entity_key',
        ) }}
    from cast_records
    where multa_monto_text is not null and dialect = 'v1'
    union all
    select
        {{ place(
            'PDN-M02',
            ok='moneda in (select code from currencies)',
            path='path',
            value='moneda',
            entity_key='entity_key',
        ) }}
    from amounts_v2
    where moneda is not null
),

-- PDN-F01: institution and acronym are written cleanly; an acronym alone is no name.
{%- set bare_acronym = "regexp_matches(institucion, '^[A-ZÁÉÍÓÚÑ]{2,8}$')" %}
f01 as (
    {%- for column, field in {'institucion': 'nombre', 'siglas': 'siglas'}.items() %}
    select
        {{ place(
            'PDN-F01',
            ok=column ~ " = trim(regexp_replace(" ~ column ~ ", '\\s+', ' ', 'g'))"
            ~ ' and not ' ~ is_placeholder(column)
            ~ (' and not ' ~ bare_acronym if column == 'institucion' else ''),
            path=pdn_pointer('/institucionDependencia/' ~ field),
            value="'«' || " ~ column ~ " || '»'",
            entity_key='entity_key',
        ) }}
    from cast_records
    where trim({{ column }}) <> '' and trim(institucion) <> ''
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- PDN-F02: required fields that are public say something. What the publisher gave and may not be published
-- (name_status not_public) isn't missing.
{%- set required = [
    ("true", 'fecha_captura_text', '/fechaCaptura'),
    ("true", 'institucion', '/institucionDependencia/nombre'),
    ("system = 's2' and name_status <> 'not_public'", 's2_nombres', '/nombres'),
    ("system = 's2' and name_status <> 'not_public'", 's2_primer_apellido', '/primerApellido'),
    ("system = 's3s' and name_status <> 'not_public'", 's3s_nombres', '/servidorPublicoSancionado/nombres'),
    (
        "system = 's3s' and name_status <> 'not_public'", 's3s_primer_apellido',
        '/servidorPublicoSancionado/primerApellido',
    ),
    (
        "system = 's3p' and name_status <> 'not_public'", 's3p_nombre',
        '/particularSancionado/nombreRazonSocial',
    ),
    ("system = 's3s' and dialect = 'v1'", 'tipo_falta_clave', '/tipoFalta/clave'),
    ("system in ('s3s', 's3p')", 'causa_motivo_hechos', '/causaMotivoHechos'),
    ("system = 's3p'", 'autoridad_sancionadora', '/autoridadSancionadora'),
    ("system in ('s3s', 's3p') and dialect = 'v2'", 'falta_clave', '/faltaCometida/0/clave'),
] %}
f02 as (
    {%- for condition, column, path in required %}
    select
        {{ place(
            'PDN-F02',
            ok="trim(" ~ column ~ ") <> ''",
            path=pdn_pointer(path),
            entity_key='entity_key',
        ) }}
    from cast_records
    where {{ condition }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- PDN-F03: a disqualification (I) has both dates.
f03 as (
    select
        {{ place(
            'PDN-F03',
            ok='cast_records.fecha_inicial is not null and cast_records.fecha_final is not null',
            path=pdn_pointer('/inhabilitacion'),
            value="concat_ws(' – ', cast_records.fecha_inicial_text, cast_records.fecha_final_text)",
            of='cast_records',
            entity_key='entity_key',
        ) }}
    from cast_records
    inner join (select distinct slice_id, entity_key from sanciones where clave = 'I' or clave_normalizada = 'INHABILITACION') as barred
        on cast_records.slice_id = barred.slice_id and cast_records.entity_key = barred.entity_key
),

-- PDN-F04: a fine (M) or economic sanction (SE) has an amount.
f04 as (
    select
        {{ place(
            'PDN-F04',
            ok='cast_records.multa_monto is not null',
            path=pdn_pointer('/multa/monto'),
            value='cast_records.multa_monto_text',
            of='cast_records',
            entity_key='entity_key',
        ) }}
    from cast_records
    inner join (select distinct slice_id, entity_key from sanciones where clave in ('M', 'SE') or (clave = 'SANCION_ECONOMICA')) as fined
        on cast_records.slice_id = fined.slice_id and cast_records.entity_key = fined.entity_key
),

-- PDN-F05: texts are no placeholders.
{%- set text_fields = {
    's2_puesto_nombre': '/puesto/nombre',
    's3s_puesto': '/servidorPublicoSancionado/puesto',
    's3p_nombre': '/particularSancionado/nombreRazonSocial',
    'autoridad_sancionadora': '/autoridadSancionadora',
    'causa_motivo_hechos': '/causaMotivoHechos',
    'objeto_contrato': '/objetoContrato',
    'acto': '/acto',
    'expediente': '/expediente',
    'observaciones': '/observaciones',
} %}
f05 as (
    {%- for column, path in text_fields.items() %}
    select
        {{ place(
            'PDN-F05',
            ok='not ' ~ is_placeholder(column),
            path=pdn_pointer(path),
            value=column,
            entity_key='entity_key',
        ) }}
    from cast_records
    where trim({{ column }}) <> ''
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- PDN-F06: the post is known by name or level.
f06 as (
    select
        {{ place(
            'PDN-F06',
            ok="trim(concat(s2_puesto_nombre, s2_puesto_nivel)) <> ''",
            path=pdn_pointer('/puesto'),
            entity_key='entity_key',
        ) }}
    from cast_records
    where system = 's2'
    union all
    select
        {{ place(
            'PDN-F06',
            ok="trim(concat(s3s_puesto, s3s_nivel)) <> ''",
            path=pdn_pointer('/servidorPublicoSancionado/puesto'),
            entity_key='entity_key',
        ) }}
    from cast_records
    where system = 's3s'
),

places as (
    {%- for rule in [
        'i01', 'i02', 'd01', 'd02', 'd03', 'd04', 'd05', 'd06', 'm01', 'm02', 'f01', 'f02', 'f03', 'f04', 'f05', 'f06',
    ] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_pdn_records') }}
