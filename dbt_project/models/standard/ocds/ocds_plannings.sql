{%- set places = [('planning', 'planning')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    {{ filled('element.rationale') }} as rationale,
    {{ try_boolean('element.hasQuotes') }} as has_quotes,
    {{ filled('element.budget.id') }} as budget_id,
    {{ filled('element.budget.description') }} as budget_description,
    {{ try_decimal('element.budget.amount.amount') }} as budget_amount,
    {{ filled('element.budget.amount.currency') }} as budget_currency,
    {{ try_decimal('element.budget.amount.netAmount') }} as budget_net_amount,
    {{ filled('element.budget.project') }} as project,
    {{ filled('element.budget.projectID') }} as project_id,
    {{ filled('element.budget.uri') }} as budget_uri,
    {{ filled('element.budget.source') }} as budget_source,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
