{%- set places = [
    ('tender', 'tender.amendments[].changes[]'),
    ('tender', 'tender.amendment.changes[]'),
    ('award', 'awards[].amendments[].changes[]'),
    ('award', 'awards[].amendment.changes[]'),
    ('contract', 'contracts[].amendments[].changes[]'),
    ('contract', 'contracts[].amendment.changes[]'),
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
    regexp_replace(elements.path, '/changes/[0-9]+$', '') as amendment_path,
    {{ filled('element.property') }} as property,
    cast(element.former_value as varchar) as former_value,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
