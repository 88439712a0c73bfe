{%- set places = [
    ('planning', 'planning.budget.budgetBreakdown[].budgetLines[].measures[]'),
    ('planning', 'planning.budgetBreakdown[].budgetLines[].measures[]'),
    ('implementation', 'contracts[].implementation.budgetBreakdown[].budgetLines[].measures[]'),
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
    regexp_replace(elements.path, '/measures/[0-9]+$', '') as budget_line_path,
    {{ filled('element.id') }} as measure,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ filled('element.update') }} as updated,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
