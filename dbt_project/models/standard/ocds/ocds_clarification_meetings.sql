{%- set places = [('tender', 'tender.clarificationMeetings[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    {{ filled('element.id') }} as meeting_id,
    {{ try_timestamp('element.date') }} as meeting_date,
    {{ list_length('element.attendees') }} as attendee_count,
    {{ list_length('element.officials') }} as official_count,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
