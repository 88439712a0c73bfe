{%- set places = [('planning', 'planning.requestsForQuotes[].quotes[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as quotes_request_id,
    {{ filled('element.id') }} as quote_id,
    {{ filled('element.description') }} as description,
    {{ try_timestamp('element.date') }} as quote_date,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ try_timestamp('element.period.startDate') }} as period_start,
    {{ try_timestamp('element.period.endDate') }} as period_end,
    {{ try_timestamp('element.period.maxExtentDate') }} as period_max_end,
    {{ try_integer('element.period.durationInDays') }} as period_days,
    {{ filled('element.issuingSupplier.id') }} as supplier_id,
    {{ filled('element.issuingSupplier.name') }} as supplier_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
