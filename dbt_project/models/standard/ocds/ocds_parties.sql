{%- set places = [('party', 'parties[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
),

extracted as (
    select
        elements.slice_id,
        elements.source_id,
        elements.ocid,
        elements.path,
        {{ list_joined('element.roles') }} as roles,
        {{ filled('element.id') }} as party_id,
        {{ filled('element.name') }} as name,
        {{ filled('element.identifier.scheme') }} as identifier_scheme,
        {{ filled('element.identifier.id') }} as identifier_id,
        {{ filled('element.identifier.legalName') }} as identifier_legal_name,
        {{ filled('element.identifier.legalPersonality') }} as legal_personality,
        {{ filled('element.address.locality') }} as locality,
        {{ filled('element.address.region') }} as region,
        {{ filled('element.address.countryName') }} as country_name,
        {{ filled('element.identifier.uri') }} as identifier_uri,
        {{ filled('element.identifier.givenName') }} as given_name,
        {{ filled('element.identifier.patronymicName') }} as patronymic_name,
        {{ filled('element.identifier.matronymicName') }} as matronymic_name,
        {{ filled('element.address.streetAddress') }} as street_address,
        {{ filled('element.address.postalCode') }} as postal_code,
        {{ filled('element.address.description') }} as address_description,
        {{ filled('element.position') }} as position,
        cast(element.details as varchar) as details,
        additional.additional_fields
    from elements
    {{ with_additional_fields('elements', places) }}
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
            {{ unnested(
                list_of([
                    plain_label('name'),
                    plain_label('earlier_name'),
                    "regexp_replace(" ~ plain_label('name')
                    ~ ", '^(el|la|los|las) (.+)$', '\\2 \\1')",
                    'municipality',
                    'substr(municipality, 3)',
                ]),
                'spelling',
                'position',
            ) }}
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
    territories.municipality,
    extracted.identifier_uri,
    extracted.given_name,
    extracted.patronymic_name,
    extracted.matronymic_name,
    extracted.street_address,
    extracted.postal_code,
    extracted.address_description,
    extracted.position,
    extracted.details,
    extracted.additional_fields
from extracted
left join territories
    on
        extracted.region is not distinct from territories.region
        and extracted.locality is not distinct from territories.locality
        and extracted.country_name is not distinct from territories.country_name
