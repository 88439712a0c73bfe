{%- set places = [
    ('process', 'relatedProcesses[]'),
    ('contract', 'contracts[].relatedProcesses[]'),
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
    parent_id,
    {{ filled('element.id') }} as related_process_id,
    {{ list_joined('element.relationship') }} as relationship,
    {{ filled('element.scheme') }} as scheme,
    {{ filled('element.identifier') }} as identifier,
    {{ filled('element.title') }} as title,
    {{ filled('element.uri') }} as uri,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
