{%- set of_measures = '.budgetLines[].measures[].value.exchangeRates[]' -%}
{%- set places = [
    ('planning', 'planning.budget.amount.exchangeRates[]'),
    ('tender', 'tender.value.exchangeRates[]'),
    ('tender', 'tender.minValue.exchangeRates[]'),
    ('tender', 'tender.lots[].value.exchangeRates[]'),
    ('tender', 'tender.participationFees[].value.exchangeRates[]'),
    ('bid', 'bids.details[].value.exchangeRates[]'),
    ('award', 'awards[].value.exchangeRates[]'),
    ('contract', 'contracts[].value.exchangeRates[]'),
    ('contract', 'contracts[].guarantees[].value.exchangeRates[]'),
    ('implementation', 'contracts[].implementation.transactions[].value.exchangeRates[]'),
    ('implementation', 'contracts[].implementation.transactions[].amount.exchangeRates[]'),
    ('quote', 'planning.requestsForQuotes[].quotes[].value.exchangeRates[]'),
    ('tender', 'tender.items[].unit.value.exchangeRates[]'),
    ('award', 'awards[].items[].unit.value.exchangeRates[]'),
    ('contract', 'contracts[].items[].unit.value.exchangeRates[]'),
    ('quotes_request', 'planning.requestsForQuotes[].items[].unit.value.exchangeRates[]'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[].unit.value.exchangeRates[]'),
    ('planning', 'planning.budget.budgetBreakdown[].amount.exchangeRates[]'),
    ('planning', 'planning.budgetBreakdown[].amount.exchangeRates[]'),
    ('implementation', 'contracts[].implementation.budgetBreakdown[].amount.exchangeRates[]'),
    ('planning', 'planning.budget.budgetBreakdown[]' ~ of_measures),
    ('planning', 'planning.budgetBreakdown[]' ~ of_measures),
    ('implementation', 'contracts[].implementation.budgetBreakdown[]' ~ of_measures),
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
    regexp_replace(elements.path, '/exchangeRates/[0-9]+$', '') as value_path,
    {{ try_decimal('element.rate', 28, 6) }} as rate,
    {{ filled('element.currency') }} as currency,
    {{ try_timestamp('element.date') }} as rate_date,
    {{ filled('element.source') }} as rate_source,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
