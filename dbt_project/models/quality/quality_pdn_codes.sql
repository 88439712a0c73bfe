{#- Coded fields: system, field as in the codelist seed, JSON path of key and value (or of the array). -#}
{%- set coded = [
    ('s2', 'genero', '$.genero'),
    ('s3s', 'servidorPublicoSancionado.genero', '$.servidorPublicoSancionado.genero'),
    ('s3s', 'tipoFalta', '$.tipoFalta'),
] -%}
{%- set coded_arrays = [
    ('s2', 'tipoArea'),
    ('s2', 'nivelResponsabilidad'),
    ('s2', 'tipoProcedimiento'),
    ('s3s', 'tipoSancion'),
    ('s3p', 'tipoSancion'),
] -%}
{#- Codes without a label. -#}
{%- set bare_codes = [('s3p', 'particularSancionado.tipoPersona', '$.particularSancionado.tipoPersona')] -%}
{#- Coded fields of v2: collection, field as in the codelist seed, JSON path of the code; then those whose code stands
    in an object with its words, alone or in a list. -#}
{%- set s2_v2 = 'servidores_intervengan_procedimientos_contrataciones' -%}
{%- set graves = 'faltas_administrativas_graves' -%}
{%- set no_graves = 'faltas_administrativas_no_graves' -%}
{%- set fisicas = 'faltas_graves_personas_fisicas' -%}
{%- set morales = 'faltas_graves_personas_morales' -%}
{%- set places_v2 = {
    s2_v2: 'empleoCargoComision',
    graves: 'empleoCargoComision',
    no_graves: 'empleoCargoComision',
    fisicas: 'dondeCometioLaFalta',
    morales: 'dondeCometioLaFalta',
} -%}
{%- set bare_codes_v2 = [
    (s2_v2, 'datosGenerales.sexo', '$.datosGenerales.sexo'),
    (graves, 'datosGenerales.sexo', '$.datosGenerales.sexo'),
    (no_graves, 'datosGenerales.sexo', '$.datosGenerales.sexo'),
    (graves, 'resolucion.ordenJurisdiccional', '$.resolucion.ordenJurisdiccional'),
    (fisicas, 'resolucion.ordenJurisdiccional', '$.resolucion.ordenJurisdiccional'),
    (morales, 'resolucion.ordenJurisdiccional', '$.resolucion.ordenJurisdiccional'),
    (s2_v2, 'tipoProcedimiento', '$.tipoProcedimiento'),
    (s2_v2, 'otorgamientoConcesion.tipoActo', '$.otorgamientoConcesion.tipoActo'),
] -%}
{%- set object_codes_v2 = [
    (graves, 'empleoCargoComision.nivelJerarquico'),
    (s2_v2, 'empleoCargoComision.nivelJerarquico'),
    (graves, 'origenProcedimiento'),
    (no_graves, 'origenProcedimiento'),
    (fisicas, 'origenProcedimiento'),
    (morales, 'origenProcedimiento'),
] -%}
{#- S2 v2: levels of responsibility by their object, those of contracts apart because contracts are a list. -#}
{%- set levels_v2 = {
    'otorgamientoConcesion.nivelResponsabilidadConcesiones': [
        'convocatoriaLicitacion', 'dictamenesOpiniones', 'visitasVerificacion', 'evaluacionCumplimiento',
        'determinacionOtorgamiento',
    ],
    'enajenacionBien.nivelesResponsabilidadesEnajenaciones': [
        'autorizacionesDictamenes', 'analisisAutorizacion', 'modificacionBases', 'presentacionOfertas',
        'evaluacionOfertas', 'adjudicacionBienes', 'formalizacionContrato',
    ],
    'avaluosJustipreciacion.nivelesResponsabilidadesAvaluos': [
        'propuestasAsignaciones', 'asignacionAvaluos', 'emisionDictamenes',
    ],
} -%}
{%- set contract_levels_v2 = [
    'autorizacionDictamen', 'justificacionLicitacion', 'convocatoriaInvitacion', 'evaluacionProposiciones',
    'adjudicacionContrato', 'formalizacionContrato',
] -%}
{%- set contracts_v2 = {
    'contratacionAdquisicion': 'nivelResponsabilidadContratacion',
    'contratacionObra': 'nivelResponsabilidadObra',
} -%}
{%- set array_codes_v2 = ['faltaCometida', 'tipoSancion', 'tipoContratacion'] -%}
-- Codes of the records of the PDN (S2, S3 servidores and particulares) as they were published, against the codelists of
-- their generation; those of declarations are in quality_pdn_declarations.
with records as (
    select
        slice_id,
        system,
        dialect,
        collection,
        record,
        cast(ordinal as varchar) as entity_key
    from {{ source('public_view', 'pdn_records') }}
    where system in ('s2', 's3s', 's3p')
),

codelists as (
    select * from {{ ref('pdn_codelists') }}
),

aliases as (
    select * from {{ ref('pdn_codelist_aliases') }}
),

-- The contracts of S2 v2, goods and works apart.
contracts as (
    {%- for section, levels in contracts_v2.items() %}
    select
        slice_id,
        entity_key,
        collection,
        '/tipoContratacion/' || (contract.position - 1) || '/{{ section }}' as path,
        '{{ levels }}' as levels_name,
        {{ json_node('contract.element', '$.' ~ section) }} as contract,
        {{ json_node('contract.element', '$.' ~ section ~ '.' ~ levels) }} as levels
    from records
    cross join {{ explode_json('records.record', '$.tipoContratacion', 'contract') }}
    where collection = '{{ s2_v2 }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Every code of a record, with its label where it has one.
codes as (
    {%- for system, field, json_path in coded %}
    select
        slice_id,
        entity_key,
        collection,
        true as has_label,
        '{{ field }}' as field,
        '/{{ field | replace('.', '/') }}/clave' as path,
        {{ json_text('record', json_path ~ '.clave') }} as clave,
        {{ json_text('record', json_path ~ '.valor') }} as valor
    from records
    where system = '{{ system }}' and dialect = 'v1'
    union all
    {%- endfor %}
    {%- for system, field in coded_arrays %}
    select
        slice_id,
        entity_key,
        collection,
        true as has_label,
        '{{ field }}' as field,
        '/{{ field }}/' || (code.position - 1) || '/clave' as path,
        {{ json_text('code.element', '$.clave') }} as clave,
        {{ json_text('code.element', '$.valor') }} as valor
    from records
    cross join {{ explode_json('records.record', '$.' ~ field, 'code') }}
    where system = '{{ system }}' and dialect = 'v1'
    union all
    {%- endfor %}
    {%- for system, field, json_path in bare_codes %}
    select
        slice_id,
        entity_key,
        collection,
        true as has_label,
        '{{ field }}' as field,
        '/{{ field | replace('.', '/') }}' as path,
        {{ json_text('record', json_path) }} as clave,
        cast(null as varchar) as valor
    from records
    where system = '{{ system }}' and dialect = 'v1'
    union all
    {%- endfor %}
    {%- for collection, field, json_path in bare_codes_v2 %}
    {{ code_of_v2(collection, field, json_path) }}
    union all
    {%- endfor %}
    {%- for collection, field in object_codes_v2 %}
    {{ code_of_v2(collection, field, '$.' ~ field ~ '.clave', '$.' ~ field ~ '.valor', '/clave') }}
    union all
    {%- endfor %}
    {%- for collection, place in places_v2.items() %}
    {%- for name in ['nivelOrdenGobierno', 'ambitoPublico'] %}
    {{ code_of_v2(collection, place ~ '.' ~ name, '$.' ~ place ~ '.' ~ name) }}
    union all
    {%- endfor %}
    {%- endfor %}
    {%- for place, names in levels_v2.items() %}
    {%- for name in names %}
    {{ code_of_v2(s2_v2, 'nivelResponsabilidad', '$.' ~ place ~ '.' ~ name, pointer=place ~ '.' ~ name) }}
    union all
    {%- endfor %}
    {%- endfor %}
    select
        slice_id,
        entity_key,
        collection,
        false as has_label,
        'tipoContratacion.tipoArea' as field,
        path || '/tipoArea' as path,
        {{ json_text('contract', '$.tipoArea') }} as clave,
        cast(null as varchar) as valor
    from contracts
    union all
    {%- for name in contract_levels_v2 %}
    select
        slice_id,
        entity_key,
        collection,
        false as has_label,
        'nivelResponsabilidad' as field,
        path || '/' || levels_name || '/{{ name }}' as path,
        {{ json_text('levels', '$.' ~ name) }} as clave,
        cast(null as varchar) as valor
    from contracts
    union all
    {%- endfor %}
    {%- for name in ['tipoProcedimiento', 'materia'] %}
    select
        slice_id,
        entity_key,
        collection,
        false as has_label,
        'datosGeneralesProcedimientos.{{ name }}' as field,
        path || '/datosGeneralesProcedimientos/' || (detail.position - 1) || '/{{ name }}' as path,
        {{ json_text('detail.element', '$.' ~ name) }} as clave,
        cast(null as varchar) as valor
    from contracts
    cross join {{ explode_json('contracts.contract', '$.datosGeneralesProcedimientos', 'detail') }}
    union all
    {%- endfor %}
    {%- for field in array_codes_v2 %}
    select
        slice_id,
        entity_key,
        collection,
        false as has_label,
        '{{ field }}' as field,
        '/{{ field }}/' || (code.position - 1) || '/clave' as path,
        {{ json_text('code.element', '$.clave') }} as clave,
        {{ json_text('code.element', '$.valor') }} as valor
    from records
    cross join {{ explode_json('records.record', '$.' ~ field, 'code') }}
    where dialect = 'v2'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Each code with its place in the catalogue, by its own name or as an alias of another.
known_codes as (
    select
        codes.*,
        codelists.valor as known_valor,
        aliases.clave as meant,
        coalesce(aliases.clave, codelists.clave) as known_clave
    from codes
    left join codelists
        on
            codes.collection = codelists.collection
            and codes.field = codelists.field
            and codes.clave = codelists.clave
    left join aliases
        on
            codes.collection = aliases.collection
            and codes.field = aliases.field
            and codes.clave = aliases.alias
    where codes.clave is not null
),

-- PDN-C01: a code is in its catalogue, by its own name or by an alias.
c01 as (
    select
        {{ place(
            'PDN-C01',
            ok='known_clave is not null',
            path='path',
            value='clave',
            entity_key='entity_key',
        ) }}
    from known_codes
),

-- PDN-C02: the label is the one of the code; in v2 there are words only where the code is OTRO, and then there must be.
c02 as (
    select
        {{ place(
            'PDN-C02',
            ok=plain_label('valor') ~ ' = ' ~ plain_label('known_valor'),
            path="replace(path, '/clave', '/valor')",
            value="clave || ': ' || valor",
            entity_key='entity_key',
        ) }}
    from known_codes
    where has_label and known_valor is not null and trim(valor) <> ''
    union all
    select
        {{ place(
            'PDN-C02',
            ok="trim(valor) <> ''",
            path="replace(path, '/clave', '/valor')",
            value='clave',
            entity_key='entity_key',
        ) }}
    from known_codes
    where
        not has_label
        and clave = 'OTRO'
        and field in ('faltaCometida', 'origenProcedimiento', 'empleoCargoComision.nivelJerarquico')
),

-- PDN-C03: a code is written as the standard writes it, not as an alias of it.
c03 as (
    select
        {{ place(
            'PDN-C03',
            ok='meant is null',
            path='path',
            value="'«' || clave || '» → ' || meant",
            entity_key='entity_key',
        ) }}
    from known_codes
    where known_clave is not null
),
places as (
    {%- for rule in ['c01', 'c02', 'c03'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_pdn_codes') }}
