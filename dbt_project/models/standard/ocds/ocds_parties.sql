{%- set fields = {
    'party_id': '$.id',
    'name': '$.name',
    'identifier_scheme': '$.identifier.scheme',
    'identifier_id': '$.identifier.id',
    'identifier_legal_name': '$.identifier.legalName',
    'legal_personality': '$.identifier.legalPersonality',
    'locality': '$.address.locality',
    'region': '$.address.region',
    'country_name': '$.address.countryName',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

elements as (
    select
        slice_id,
        source_id,
        ocid,
        '/parties/' || (party.position - 1) as path,
        {{ json_joined('party.element', '$.roles[*]') }} as roles,
        {{ json_texts('party.element', fields) }} as texts
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.parties', 'party') }}
    where {{ json_is_object('party.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        path,
        roles,
        {{ json_columns('texts', fields) }}
    from elements
),

-- Few spellings stand in many rows: each is read once.
spellings as (
    select distinct
        region,
        locality,
        country_name,
        {{ plain_label('region') }} as region_label,
        regexp_replace(
            {{ plain_label('locality') }},
            '^(delegacion|deleg|alcaldia|municipio de|municipio|mpio de|mpio) ',
            ''
        ) as locality_label
    from extracted
),

-- Names of both catalogues of INEGI (2,458 and 2,478 municipalities), also with the article behind
-- (SALTO, EL), and the key with or without the state's. A name that two municipalities of a state
-- share names neither.
municipality_names as (
    select
        entity,
        spelling,
        min(municipality) as municipality
    from (
        select
            entity,
            municipality,
            unnest([
                {{ plain_label('name') }},
                {{ plain_label('earlier_name') }},
                regexp_replace({{ plain_label('name') }}, '^(el|la|los|las) (.+)$', '\2 \1'),
                municipality,
                substr(municipality, 3)
            ]) as spelling
        from {{ ref('municipalities') }}
    ) as named
    where spelling <> ''
    group by entity, spelling
    having count(distinct municipality) = 1
),

territories as (
    select
        spellings.region,
        spellings.locality,
        spellings.country_name,
        entity_names.entity,
        municipality_names.municipality
    from spellings
    inner join {{ ref('entity_names') }} as entity_names
        on spellings.region_label = entity_names.spelling
    left join municipality_names
        on
            entity_names.entity = municipality_names.entity
            and spellings.locality_label = municipality_names.spelling
    -- A party abroad may give a region whose letters are a state's, too.
    where
        spellings.country_name is null
        or {{ plain_label('spellings.country_name') }} in {{ names_of_mexico() }}
)

select
    extracted.slice_id,
    extracted.source_id,
    extracted.ocid,
    extracted.path,
    extracted.party_id,
    extracted.name,
    extracted.roles,
    extracted.identifier_scheme,
    extracted.identifier_id,
    extracted.identifier_legal_name,
    extracted.legal_personality,
    extracted.locality,
    extracted.region,
    extracted.country_name,
    territories.entity,
    territories.municipality
from extracted
left join territories
    on
        extracted.region is not distinct from territories.region
        and extracted.locality is not distinct from territories.locality
        and extracted.country_name is not distinct from territories.country_name
