{%- set places = [('planning', 'planning.requestsForQuotes[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    {{ filled('element.id') }} as quotes_request_id,
    {{ filled('element.title') }} as title,
    {{ filled('element.description') }} as description,
    {{ try_timestamp('element.period.startDate') }} as period_start,
    {{ try_timestamp('element.period.endDate') }} as period_end,
    {{ try_timestamp('element.period.maxExtentDate') }} as period_max_end,
    {{ try_integer('element.period.durationInDays') }} as period_days,
    {{ list_length('element.invitedSuppliers') }} as invited_count,
    {{ list_length('element.quotes') }} as quote_count,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
