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

-- PDN-D12: a vehicle is of a year in which there were some.
d12 as (
    select
        {{ place(
            'PDN-D12',
            ok='vehicles.anio between 1900 and extract(year from generations.fetched_at) + 1',
            path="vehicles.path || '/anio'",
            value='vehicles.anio',
            of='vehicles',
            entity_key='entity_key',
        ) }}
    from (
        select
            slice_id,
            cast(ordinal as varchar) as entity_key,
            path,
            anio
        from {{ ref('pdn_s1_bienes') }}
        where seccion = 'vehiculos' and anio is not null
    ) as vehicles
    inner join generations on vehicles.slice_id = generations.slice_id
),

-- PDN-M13: a salary isn't a hundred times the median of its slice, kind of declaration and currency.
salaries as (
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        tipo,
        moneda,
        remuneracion_cargo_publico as amount
    from {{ ref('pdn_s1_declaraciones') }}
    where remuneracion_cargo_publico > 0
),

salary_medians as (
    select
        slice_id,
        tipo,
        moneda,
        median(cast(amount as double)) as median_amount
    from salaries
    group by slice_id, tipo, moneda
    having count(*) >= 20
),

m13 as (
    select
        {{ place(
            'PDN-M13',
            ok='cast(salaries.amount as double) <= 100 * salary_medians.median_amount',
            path="'/declaracion/situacionPatrimonial/ingresos'",
            value='salaries.amount',
            of='salaries',
            entity_key='entity_key',
        ) }}
    from salaries
    inner join salary_medians
        on
            salaries.slice_id = salary_medians.slice_id
            and salaries.tipo is not distinct from salary_medians.tipo
            and salaries.moneda is not distinct from salary_medians.moneda
),

-- PDN-G01, PDN-G02: the post is in a state, and in a municipality of it, of INEGI's catalogue.
states as (
    select entity from {{ ref('entities') }} where entity <> '00'
),

municipalities as (
    select municipality from {{ ref('municipalities') }}
),

posts as (
    select
        slice_id,
        cast(ordinal as varchar) as entity_key,
        '/declaracion/situacionPatrimonial/datosEmpleoCargoComision/domicilioMexico' as path,
        entidad_clave,
        municipio_clave
    from {{ ref('pdn_s1_declaraciones') }}
),

g01 as (
    select
        {{ place(
            'PDN-G01',
            ok='entidad_clave in (select entity from states)',
            path="path || '/entidadFederativa/clave'",
            value='entidad_clave',
            entity_key='entity_key',
        ) }}
    from posts
    where entidad_clave is not null
    union all
    select
        {{ place(
            'PDN-G01',
            ok='entidad_clave in (select entity from states)',
            path="path || '/ubicacion/entidadFederativa/clave'",
            value='entidad_clave',
            entity_key='entity_key',
        ) }}
    from (
        select
            slice_id,
            cast(ordinal as varchar) as entity_key,
            path,
            entidad_clave
        from {{ ref('pdn_s1_intereses') }}
        where entidad_clave is not null
    ) as interests
),

g02 as (
    select
        {{ place(
            'PDN-G02',
            ok='entidad_clave || municipio_clave in (select municipality from municipalities)',
            path="path || '/municipioAlcaldia/clave'",
            value="entidad_clave || '-' || municipio_clave",
            entity_key='entity_key',
        ) }}
    from posts
    where municipio_clave is not null and entidad_clave in (select entity from states)
),

-- PDN-P14: the check digit of a company's RFC is right.
p14 as (
    {%- for table, column in [
        ('pdn_s1_bienes', 'rfc_persona_moral'),
        ('pdn_s1_experiencia', 'rfc_persona_moral'),
        ('pdn_s1_intereses', 'rfc_persona_moral'),
        ('pdn_s1_intereses', 'contraparte_rfc_persona_moral'),
    ] %}
    select
        {{ place(
            'PDN-P14',
            ok=rfc_check_digit_is_valid('rfc'),
            path='path',
            value='rfc',
            entity_key='entity_key',
        ) }}
    from (
        select
            slice_id,
            cast(ordinal as varchar) as entity_key,
            path,
            {{ column }} as rfc
        from {{ ref(table) }}
        where {{ is_rfc_of_company(column) }}
    ) as companies
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

places as (
    {%- for rule in ['i01', 'c01', 'c02', 'd10', 'd11', 'd12', 'm11', 'm13', 'g01', 'g02', 'p14'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_pdn_declarations') }}
