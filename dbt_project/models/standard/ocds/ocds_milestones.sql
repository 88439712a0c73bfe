{%- set places = [
    ('planning', 'planning.milestones[]'),
    ('tender', 'tender.milestones[]'),
    ('contract', 'contracts[].milestones[]'),
    ('implementation', 'contracts[].implementation.milestones[]'),
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
    {{ filled('element.id') }} as milestone_id,
    {{ filled('element.title') }} as title,
    {{ filled('element.type') }} as milestone_type,
    {{ filled('element.description') }} as description,
    {{ filled('element.code') }} as code,
    {{ try_timestamp('element.dueDate') }} as due_date,
    {{ try_timestamp('element.dateMet') }} as date_met,
    {{ try_timestamp('element.dateModified') }} as date_modified,
    {{ filled('element.status') }} as status,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
