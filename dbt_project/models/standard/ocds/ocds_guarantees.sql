{%- set places = [('contract', 'contracts[].guarantees[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as contract_id,
    {{ filled('element.id') }} as guarantee_id,
    {{ filled('element.type') }} as guarantee_type,
    {{ filled('element.obligations') }} as obligations,
    {{ try_timestamp('element.date') }} as guarantee_date,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ filled('element.guarantor.id') }} as guarantor_id,
    {{ filled('element.guarantor.name') }} as guarantor_name,
    {{ try_timestamp('element.period.startDate') }} as period_start,
    {{ try_timestamp('element.period.endDate') }} as period_end,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ try_timestamp('element.period.maxExtentDate') }} as period_max_end,
    {{ try_integer('element.period.durationInDays') }} as period_days,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
