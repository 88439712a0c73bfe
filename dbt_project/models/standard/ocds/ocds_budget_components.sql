{%- set places = [
    ('planning', 'planning.budget.budgetBreakdown[].budgetLines[].components[]'),
    ('planning', 'planning.budgetBreakdown[].budgetLines[].components[]'),
    (
        'implementation',
        'contracts[].implementation.budgetBreakdown[].budgetLines[].components[]',
    ),
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
    holder_id as budget_line_id,
    regexp_replace(elements.path, '/components/[0-9]+$', '') as budget_line_path,
    {{ filled('element.name') }} as name,
    {{ filled('element.level') }} as level,
    {{ filled('element.code') }} as code,
    {{ filled('element.description') }} as description,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
