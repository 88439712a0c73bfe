{%- set fields = {
    'party_id': '$.id',
    'name': '$.name',
    'identifier_scheme': '$.identifier.scheme',
    'identifier_id': '$.identifier.id',
    'identifier_legal_name': '$.identifier.legalName',
    'legal_personality': '$.identifier.legalPersonality',
    'juridical_personhood': '$.identifier.juridicalPersonhood',
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
)

select
    slice_id,
    source_id,
    ocid,
    path,
    party_id,
    name,
    roles,
    identifier_scheme,
    identifier_id,
    identifier_legal_name,
    -- The INAI tool publishes juridicalPersonhood, the EDCA extension says legalPersonality.
    coalesce(legal_personality, juridical_personhood) as legal_personality,
    locality,
    region,
    country_name
from extracted
