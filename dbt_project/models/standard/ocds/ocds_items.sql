{%- set places = [
    ('tender', 'tender.items[]'),
    ('award', 'awards[].items[]'),
    ('contract', 'contracts[].items[]'),
    ('quotes_request', 'planning.requestsForQuotes[].items[]'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[]'),
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
    holder_id as parent_id,
    {{ filled('element.id') }} as item_id,
    {{ filled('element.description') }} as description,
    {{ filled('element.classification.scheme') }} as classification_scheme,
    {{ filled('element.classification.id') }} as classification_id,
    {{ filled('element.classification.description') }} as classification_description,
    {{ try_decimal('element.quantity', 28, 6) }} as quantity,
    {{ filled('element.unit.name') }} as unit_name,
    {{ try_decimal('element.unit.value.amount', 28, 6) }} as unit_amount,
    {{ filled('element.unit.value.currency') }} as unit_currency,
    {{ filled('element.classification.uri') }} as classification_uri,
    {{ try_decimal('element.unit.value.netAmount', 28, 6) }} as unit_net_amount,
    {{ filled('element.unit.scheme') }} as unit_scheme,
    {{ filled('element.unit.id') }} as unit_id,
    {{ filled('element.unit.uri') }} as unit_uri,
    {{ filled('element.relatedLot') }} as lot_id,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
