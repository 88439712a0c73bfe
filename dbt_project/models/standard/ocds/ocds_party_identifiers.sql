{%- set places = [('party', 'parties[].additionalIdentifiers[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as party_id,
    {{ filled('element.scheme') }} as scheme,
    {{ filled('element.id') }} as identifier_id,
    {{ filled('element.legalName') }} as legal_name,
    {{ filled('element.uri') }} as uri,
    {{ filled('element.legalPersonality') }} as legal_personality,
    {{ filled('element.givenName') }} as given_name,
    {{ filled('element.patronymicName') }} as patronymic_name,
    {{ filled('element.matronymicName') }} as matronymic_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
