{%- set places = [('contract', 'contracts[]')] -%}
with elements as (
    {{ ocds_elements(places, with_columns=[
        'year',
        'procurement_method',
        'main_procurement_category',
        'buyer_id',
        'buyer_name',
    ]) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    {{ filled('element.id') }} as contract_id,
    {{ filled('element.awardID') }} as award_id,
    {{ filled('element.title') }} as title,
    {{ filled('element.description') }} as description,
    {{ filled('element.status') }} as status,
    {{ try_timestamp('element.dateSigned') }} as date_signed,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ try_timestamp('element.period.startDate') }} as period_start,
    {{ try_timestamp('element.period.endDate') }} as period_end,
    {{ filled('element.implementation.status') }} as implementation_status,
    {{ try_timestamp('element.period.maxExtentDate') }} as period_max_end,
    {{ try_integer('element.period.durationInDays') }} as period_days,
    {{ list_joined('element.surveillanceMechanisms') }} as surveillance_mechanisms,
    year,
    procurement_method,
    main_procurement_category,
    buyer_id,
    buyer_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
