{#- Dates of a resolution, with their place in the record, which is the same in both generations. -#}
{%- set resolution_dates = {
    'fecha_resolucion': '/resolucion/fechaResolucion',
    'fecha_notificacion': '/resolucion/fechaNotificacion',
    'fecha_resolucion_firme': '/resolucion/fechaResolucionFirme',
    'fecha_notificacion_firme': '/resolucion/fechaNotificacionFirme',
    'fecha_ejecucion': '/resolucion/fechaEjecucion',
} -%}
{#- Which of them can't come before which. -#}
{%- set resolution_order = {
    'fecha_notificacion': 'fecha_resolucion',
    'fecha_resolucion_firme': 'fecha_resolucion',
    'fecha_notificacion_firme': 'fecha_resolucion_firme',
    'fecha_ejecucion': 'fecha_resolucion',
} -%}
{#- Names that the capture tools cut: column, field of v1, lengths at which they do. -#}
{%- set cut_names = [
    ('nombres', {'s2': '/nombres', 's3s': '/servidorPublicoSancionado/nombres'}, '25'),
    ('primer_apellido', {'s2': '/primerApellido', 's3s': '/servidorPublicoSancionado/primerApellido'}, '25'),
    ('institucion', {
        's2': '/institucionDependencia/nombre', 's3s': '/institucionDependencia/nombre',
        's3p': '/institucionDependencia/nombre',
    }, '50, 100'),
] -%}
-- What can hardly be true of the records of the PDN (S2, S3) as their tables tell it: dates out of order, amounts,
-- states, names cut or spelled in two ways.
with generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

states as (
    select entity from {{ ref('entities') }} where entity <> '00'
),

officials as (
    select
        *,
        cast(ordinal as varchar) as entity_key
    from {{ ref('pdn_s2') }}
),

sanctions as (
    select
        *,
        cast(ordinal as varchar) as entity_key
    from {{ ref('pdn_s3_sanciones') }}
),

-- Who was sanctioned, officials and suppliers.
sanctioned as (
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        's3s' as system,
        dialect,
        institucion_nombre as institucion,
        nombres,
        primer_apellido,
        cast(null as varchar) as rfc,
        entidad_federativa,
        '/empleoCargoComision/entidadFederativa' as entidad_path,
        cast(null as varchar) as moral_entidad_federativa,
        resolucion_fecha as fecha_resolucion,
        fecha_notificacion,
        fecha_resolucion_firme,
        fecha_notificacion_firme,
        fecha_ejecucion
    from {{ ref('pdn_s3_servidores') }}
    union all
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        's3p' as system,
        dialect,
        institucion_nombre as institucion,
        nombres,
        primer_apellido,
        rfc_persona_moral as rfc,
        entidad_federativa,
        '/dondeCometioLaFalta/entidadFederativa' as entidad_path,
        moral_entidad_federativa,
        fecha_resolucion,
        resolucion_fecha_notificacion as fecha_notificacion,
        fecha_resolucion_firme,
        fecha_notificacion_firme,
        fecha_ejecucion
    from {{ ref('pdn_s3_particulares') }}
),

people as (
    select
        slice_id,
        entity_key,
        's2' as system,
        dialect,
        institucion_nombre as institucion,
        nombres,
        primer_apellido
    from officials
    union all
    select
        slice_id,
        entity_key,
        system,
        dialect,
        institucion,
        nombres,
        primer_apellido
    from sanctioned
),

-- PDN-I03: an official stands once, unless something about them differs. Of v1: records of v2 have no ids, and one
-- official may well have two of their procedures.
i03 as (
    select
        {{ place(
            'PDN-I03',
            ok='count(*) over ('
            ~ 'partition by slice_id, nombres, primer_apellido, segundo_apellido, institucion_nombre, puesto_nombre,'
            ~ ' puesto_nivel, ejercicio_fiscal, tipo_area_claves, nivel_responsabilidad_claves,'
            ~ ' tipo_procedimiento_claves) = 1',
            path="'/id'",
            value='record_id',
            entity_key='entity_key',
        ) }}
    from (
        select distinct on (slice_id, record_id) *
        from officials
        where dialect = 'v1' and name_status = 'public' and nombres is not null and record_id not like 'sin-id-%'
        order by slice_id, record_id, ordinal
    ) as identified
),

-- PDN-D07: a resolution is notified, becomes final and is carried out after it was made.
d07 as (
    {%- for later, earlier in resolution_order.items() %}
    select
        {{ place(
            'PDN-D07',
            ok=earlier ~ ' <= ' ~ later,
            path="'" ~ resolution_dates[later] ~ "'",
            value=later ~ " || ' < ' || " ~ earlier,
            entity_key='entity_key',
        ) }}
    from sanctioned
    where {{ earlier }} is not null and {{ later }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- PDN-D08: what has happened wasn't resolved, notified or paid in the future, nor before there was such a law.
events as (
    {%- for column, path in resolution_dates.items() %}
    select
        slice_id,
        entity_key,
        '{{ path }}' as path,
        {{ column }} as happened
    from sanctioned
    where {{ column }} is not null
    union all
    {%- endfor %}
    {%- for column in ['cobrado_fecha', 'fecha_ejecucion'] %}
    select
        slice_id,
        entity_key,
        path,
        {{ column }} as happened
    from sanctions
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

d08 as (
    select
        {{ place(
            'PDN-D08',
            ok="events.happened between date '1982-12-31' and cast(generations.fetched_at + interval 14 hour as date)",
            path='events.path',
            value='events.happened',
            of='events',
            entity_key='entity_key',
        ) }}
    from events
    inner join generations on events.slice_id = generations.slice_id
),

-- PDN-D09: a procedure ends after it starts.
d09 as (
    select
        {{ place(
            'PDN-D09',
            ok='fecha_inicio <= fecha_conclusion',
            path='path',
            value="fecha_inicio || ' > ' || fecha_conclusion",
            entity_key='entity_key',
        ) }}
    from (
        select
            slice_id,
            cast(ordinal as varchar) as entity_key,
            path,
            fecha_inicio,
            fecha_conclusion
        from {{ ref('pdn_s2_procedimientos') }}
        where fecha_inicio is not null and fecha_conclusion is not null
    ) as procedures
),

-- PDN-M03: a fine isn't a thousand times the median of its slice, system and currency.
medians as (
    select
        slice_id,
        system,
        moneda,
        median(cast(monto as double)) as median_amount
    from sanctions
    where monto > 0
    group by slice_id, system, moneda
    having count(*) >= 20
),

m03 as (
    select
        {{ place(
            'PDN-M03',
            ok='cast(sanctions.monto as double) <= 1000 * medians.median_amount',
            path='sanctions.path',
            value="sanctions.monto || coalesce(' ' || sanctions.moneda, '')",
            of='sanctions',
            entity_key='entity_key',
        ) }}
    from sanctions
    inner join medians
        on
            sanctions.slice_id = medians.slice_id
            and sanctions.system = medians.system
            and sanctions.moneda is not distinct from medians.moneda
    where sanctions.monto > 0
),

-- PDN-M04: no more is collected than was imposed.
m04 as (
    select
        {{ place(
            'PDN-M04',
            ok='cobrado_monto between 0 and monto',
            path='path',
            value="cobrado_monto || ' > ' || monto",
            entity_key='entity_key',
        ) }}
    from sanctions
    where cobrado_monto is not null and monto is not null and coalesce(cobrado_moneda, moneda) is not distinct from moneda
),

-- PDN-F07: a name doesn't end where the capture tool cuts names. Of people only the length is told.
f07 as (
    {%- for column, pointers, lengths in cut_names %}
    {%- set last_name = loop.last %}
    {%- for system, pointer in pointers.items() %}
    select
        {{ place(
            'PDN-F07',
            ok='length(' ~ column ~ ') not in (' ~ lengths ~ ')',
            path=pdn_pointer(pointer),
            value="length(" ~ column ~ ") || ' caracteres" ~ (": ' || institucion" if column == 'institucion' else "'"),
            entity_key='entity_key',
        ) }}
    from people
    where system = '{{ system }}' and {{ column }} is not null
    {%- if not (last_name and loop.last) %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- endfor %}
),

-- PDN-F08: an institution is spelled in one way. The usual spelling passes: of those that differ in case, accents, dots or
-- blanks, and of those that differ in one letter of one long word (JUSTIICIA). What stands around a name and between
-- its words is PDN-F01's matter.
institutions as (
    select
        slice_id,
        entity_key,
        system,
        dialect,
        {{ one_spaced('institucion') }} as institucion
    from people
    where trim(institucion) <> ''
),

spellings as (
    select
        slice_id,
        institucion,
        {{ plain_label('institucion') }} as plain_name,
        count(*) as record_count
    from institutions
    group by slice_id, institucion
),

ranked as (
    select
        *,
        string_split(plain_name, ' ') as words,
        row_number() over names as place_of_name,
        count(*) over (partition by slice_id, plain_name, record_count) as alike_count,
        case
            when row_number() over names = 1 then nth_value(institucion, 2) over names
            else first_value(institucion) over names
        end as other_spelling,
        sum(record_count) over (partition by slice_id, plain_name) as name_records
    from spellings
    window
        names as (
            partition by slice_id, plain_name
            order by record_count desc, institucion
            rows between unbounded preceding and unbounded following
        )
),

mistyped as (
    select
        rare.slice_id,
        rare.institucion,
        min(usual.institucion) as other_spelling
    from ranked as rare
    inner join ranked as usual
        on
            rare.slice_id = usual.slice_id
            and len(rare.words) = len(usual.words)
            and abs(length(rare.plain_name) - length(usual.plain_name)) <= 1
            and rare.plain_name <> usual.plain_name
            and rare.name_records <= usual.name_records
    where usual.place_of_name = 1 and {{ differ_in_one_letter('rare.words', 'usual.words') }}
    group by rare.slice_id, rare.institucion
),

f08 as (
    select
        {{ place(
            'PDN-F08',
            ok='ranked.place_of_name = 1 and (ranked.other_spelling is null or ranked.alike_count = 1)'
            ~ ' and mistyped.institucion is null',
            path=pdn_pointer('/institucionDependencia/nombre'),
            value="institutions.institucion || ' ≠ ' || coalesce(mistyped.other_spelling, ranked.other_spelling)",
            of='institutions',
            entity_key='entity_key',
        ) }}
    from institutions
    inner join ranked on institutions.slice_id = ranked.slice_id and institutions.institucion = ranked.institucion
    left join mistyped on ranked.slice_id = mistyped.slice_id and ranked.institucion = mistyped.institucion
),

-- PDN-G01: a state is one of INEGI's keys.
g01 as (
    {%- for relation, column, path in [
        ('officials', 'entidad_federativa', "'/empleoCargoComision/entidadFederativa'"),
        ('sanctioned', 'entidad_federativa', 'entidad_path'),
        ('sanctioned', 'moral_entidad_federativa', "'/datosGenerales/domicilioMexico/entidadFederativa'"),
    ] %}
    select
        {{ place(
            'PDN-G01',
            ok=column ~ ' in (select entity from states)',
            path=path,
            value=column,
            entity_key='entity_key',
        ) }}
    from {{ relation }}
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- PDN-P14: the check digit of a company's RFC is right.
p14 as (
    select
        {{ place(
            'PDN-P14',
            ok=rfc_check_digit_is_valid('rfc'),
            path="case when dialect = 'v2' then '/datosGenerales/rfc' else '/particularSancionado/rfc' end",
            value='rfc',
            entity_key='entity_key',
        ) }}
    from sanctioned
    where {{ is_rfc_of_company('rfc') }}
),

places as (
    {%- for rule in ['i03', 'd07', 'd08', 'd09', 'm03', 'm04', 'f07', 'f08', 'g01', 'p14'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_pdn_plausibility') }}
