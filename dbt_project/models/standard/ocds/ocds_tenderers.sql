{%- set places = [('tender', 'tender.tenderers[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    {{ filled('element.id') }} as tenderer_id,
    {{ filled('element.name') }} as tenderer_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
