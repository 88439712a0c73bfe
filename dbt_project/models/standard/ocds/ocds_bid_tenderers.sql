{%- set places = [('bid', 'bids.details[].tenderers[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as bid_id,
    {{ filled('element.id') }} as tenderer_id,
    {{ filled('element.name') }} as tenderer_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
