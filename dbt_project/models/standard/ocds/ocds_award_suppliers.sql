{%- set places = [('award', 'awards[].suppliers[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as award_id,
    {{ filled('element.id') }} as supplier_id,
    {{ filled('element.name') }} as supplier_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
