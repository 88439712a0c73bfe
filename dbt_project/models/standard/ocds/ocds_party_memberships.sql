{%- set places = [('party', 'parties[].memberOf[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as party_id,
    {{ filled('element.id') }} as organization_id,
    {{ filled('element.name') }} as organization_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
