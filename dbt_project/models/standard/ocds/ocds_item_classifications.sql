{%- set places = [
    ('tender', 'tender.items[].additionalClassifications[]'),
    ('award', 'awards[].items[].additionalClassifications[]'),
    ('contract', 'contracts[].items[].additionalClassifications[]'),
    ('quotes_request', 'planning.requestsForQuotes[].items[].additionalClassifications[]'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[].additionalClassifications[]'),
] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    stage,
    holder_id as item_id,
    {{ filled('element.scheme') }} as scheme,
    {{ filled('element.id') }} as classification_id,
    {{ filled('element.description') }} as description,
    {{ filled('element.uri') }} as uri,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
