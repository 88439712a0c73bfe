{%- set places = [
    ('attendee', 'tender.clarificationMeetings[].attendees[]'),
    ('official', 'tender.clarificationMeetings[].officials[]'),
] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as meeting_id,
    stage as role,
    {{ filled('element.id') }} as participant_id,
    {{ filled('element.name') }} as participant_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
