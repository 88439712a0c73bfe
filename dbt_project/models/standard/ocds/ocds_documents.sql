{%- set places = [
    ('planning', 'planning.documents[]'),
    ('tender', 'tender.documents[]'),
    ('bid', 'bids.details[].documents[]'),
    ('award', 'awards[].documents[]'),
    ('contract', 'contracts[].documents[]'),
    ('implementation', 'contracts[].implementation.documents[]'),
    ('planning', 'planning.milestones[].documents[]'),
    ('tender', 'tender.milestones[].documents[]'),
    ('contract', 'contracts[].milestones[].documents[]'),
    ('implementation', 'contracts[].implementation.milestones[].documents[]'),
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
    case when stage not in ('planning', 'tender') then parent_id end as parent_id,
    {{ filled('element.id') }} as document_id,
    {{ filled('element.documentType') }} as document_type,
    {{ filled('element.title') }} as title,
    {{ filled('element.description') }} as description,
    {{ filled('element.url') }} as url,
    {{ try_timestamp('element.datePublished') }} as date_published,
    {{ try_timestamp('element.dateModified') }} as date_modified,
    {{ filled('element.format') }} as format,
    {{ filled('element.language') }} as language,
    case when elements.path like '%/milestones/%' then holder_id end as milestone_id,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
