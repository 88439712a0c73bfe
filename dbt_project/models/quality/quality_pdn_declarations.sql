{#- Coded fields: table, condition, field as in the codelist seed, its columns, what follows the path of the row. -#}
{%- set coded = [
    ('pdn_s1_escolaridad', 'true', 'nivel', 'nivel', '/nivel'),
    ('pdn_s1_experiencia', 'true', 'ambitoSector', 'ambito_sector', '/ambitoSector'),
    ('pdn_s1_experiencia', 'true', 'sector', 'sector', '/sector'),
    ('pdn_s1_bienes', "seccion = 'bienesInmuebles'", 'tipoInmueble', 'tipo', '/tipoInmueble'),
    ('pdn_s1_bienes', "seccion = 'vehiculos'", 'tipoVehiculo', 'tipo', '/tipoVehiculo'),
    ('pdn_s1_bienes', "seccion = 'bienesMuebles'", 'tipoBien', 'tipo', '/tipoBien'),
    ('pdn_s1_bienes', "seccion = 'inversiones'", 'tipoInversion', 'tipo', '/tipoInversion'),
    ('pdn_s1_bienes', "seccion = 'inversiones'", 'subTipoInversion', 'subtipo', '/subTipoInversion'),
    ('pdn_s1_bienes', "seccion = 'adeudos'", 'tipoAdeudo', 'tipo', '/tipoAdeudo'),
    ('pdn_s1_bienes', 'true', 'formaAdquisicion', 'forma_adquisicion', '/formaAdquisicion'),
    ('pdn_s1_bienes', 'true', 'motivoBaja', 'motivo_baja', '/motivoBaja'),
    ('pdn_s1_intereses', "seccion = 'participacion'", 'tipoParticipacion', 'tipo', '/tipoParticipacion'),
    ('pdn_s1_intereses', "seccion = 'participacionTomaDecisiones'", 'tipoInstitucion', 'tipo', '/tipoInstitucion'),
    ('pdn_s1_intereses', "seccion = 'apoyos'", 'tipoApoyo', 'tipo', '/tipoApoyo'),
    ('pdn_s1_intereses', "seccion = 'beneficiosPrivados'", 'tipoBeneficio', 'tipo', '/tipoBeneficio'),
    ('pdn_s1_intereses', 'true', 'sector', 'sector', '/sector'),
] -%}
{#- Dates of what happened: table, column, what follows the path of the row. -#}
{%- set dated = [
    ('pdn_s1_escolaridad', 'fecha_obtencion', '/fechaObtencion'),
    ('pdn_s1_experiencia', 'fecha_ingreso', '/fechaIngreso'),
    ('pdn_s1_experiencia', 'fecha_egreso', '/fechaEgreso'),
    ('pdn_s1_bienes', 'fecha_adquisicion', '/fechaAdquisicion'),
    ('pdn_s1_intereses', 'fecha_inicio', ''),
] -%}
{%- set amounts = ['pdn_s1_ingresos', 'pdn_s1_bienes', 'pdn_s1_intereses'] -%}
-- Declarations of the PDN (S1) as their tables hold them, set-based: what only the unredacted declaration could tell was
-- asked record by record (view_declarations.py). Nothing is asked of what isn't public.
with entities as (
    select
        slice_id,
        source_id,
        's1' as scope,
        'record' as entity_type,
        cast(ordinal as varchar) as entity_key,
        record_id as entity_id,
        raw_sha256,
        page,
        position
    from {{ source('public_view', 'pdn_records') }}
    where system = 's1'
),

generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

codelists as (
    select * from {{ ref('pdn_s1_codelists') }}
),

currencies as (
    select code from {{ ref('ocds_codelists') }} where codelist = 'currency'
),

-- PDN-I01: one id, one declaration.
i01 as (
    select
        {{ place(
            'PDN-I01',
            ok='count(*) over (partition by slice_id, entity_id) = 1',
            path="'/id'",
            value='entity_id',
            entity_key='entity_key',
        ) }}
    from entities
),

codes as (
    {%- for table, condition, field, column, suffix in coded %}
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        '{{ field }}' as field,
        path || '{{ suffix }}' as path,
        {{ column }}_clave as clave,
        {{ column }}_valor as valor
    from {{ ref(table) }}
    where {{ column }}_clave is not null and {{ condition }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

known_codes as (
    select
        codes.*,
        codelists.clave as known_clave,
        codelists.valor as known_valor
    from codes
    left join codelists
        on codes.field = codelists.field and codes.clave = codelists.clave
),

-- PDN-C01: a code is in its catalogue.
c01 as (
    select
        {{ place(
            'PDN-C01',
            ok='known_clave is not null',
            path="path || '/clave'",
            value='clave',
            entity_key='entity_key',
        ) }}
    from known_codes
),

-- PDN-C02: the label is the one of the code; of OTRO it is free text.
c02 as (
    select
        {{ place(
            'PDN-C02',
            ok=plain_label('valor') ~ ' = ' ~ plain_label('known_valor'),
            path="path || '/valor'",
            value="clave || ': ' || valor",
            entity_key='entity_key',
        ) }}
    from known_codes
    where known_valor <> '' and valor <> ''
),

-- PDN-D10: what was declared had happened.
dates as (
    {%- for table, column, suffix in dated %}
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        path || '{{ suffix }}' as path,
        {{ column }} as happened
    from {{ ref(table) }}
    where {{ column }} is not null
    union all
    {%- endfor %}
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        '/declaracion/situacionPatrimonial/datosEmpleoCargoComision/fechaTomaPosesion' as path,
        fecha_toma_posesion as happened
    from {{ ref('pdn_s1_declaraciones') }}
    where fecha_toma_posesion is not null
    union all
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        '/metadata/actualizacion' as path,
        {{ civil_day('actualizacion') }} as happened
    from {{ ref('pdn_s1_declaraciones') }}
    where actualizacion is not null
),

d10 as (
    select
        {{ place(
            'PDN-D10',
            ok="dates.happened between date '1900-01-01' and cast(generations.fetched_at + interval 14 hour as date)",
            path='dates.path',
            value='dates.happened',
            of='dates',
            entity_key='entity_key',
        ) }}
    from dates
    inner join generations on dates.slice_id = generations.slice_id
),

-- PDN-D11: an employment ends after it starts.
employments as (
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        path,
        fecha_ingreso,
        fecha_egreso
    from {{ ref('pdn_s1_experiencia') }}
    where fecha_ingreso is not null and fecha_egreso is not null
),

d11 as (
    select
        {{ place(
            'PDN-D11',
            ok='fecha_ingreso <= fecha_egreso',
            path="path || '/fechaEgreso'",
            value="fecha_ingreso || ' > ' || fecha_egreso",
            entity_key='entity_key',
        ) }}
    from employments
),

-- PDN-M11: an amount is a number in a currency of ISO 4217.
amounts as (
    {%- for table in amounts %}
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        path,
        monto,
        moneda
    from {{ ref(table) }}
    where monto is not null or moneda is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

m11 as (
    select
        {{ place(
            'PDN-M11',
            ok='monto >= 0 and moneda in (select code from currencies)',
            path='path',
            value="concat_ws(' ', monto, moneda)",
            entity_key='entity_key',
        ) }}
    from amounts
),

places as (
    {%- for rule in ['i01', 'c01', 'c02', 'd10', 'd11', 'm11'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_pdn_declarations') }}
