{%- set places = [
    ('tender', 'tender.amendments[]'),
    ('tender', 'tender.amendment'),
    ('award', 'awards[].amendments[]'),
    ('award', 'awards[].amendment'),
    ('contract', 'contracts[].amendments[]'),
    ('contract', 'contracts[].amendment'),
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
    {{ filled('element.id') }} as amendment_id,
    {{ try_timestamp('element.date') }} as amendment_date,
    {{ filled('element.rationale') }} as rationale,
    {{ filled('element.description') }} as description,
    {{ filled('element.amendsReleaseID') }} as amends_release_id,
    {{ filled('element.releaseID') }} as release_id,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
