{%- set places = [('award', 'awards[]')] -%}
with elements as (
    {{ ocds_elements(places, with_columns=[
        'year',
        'procurement_method',
        'main_procurement_category',
        'buyer_id',
        'buyer_name',
        'parties',
    ]) }}
),

found as (
    select
        * exclude (parties),
        {{ list_find('parties', 'id', list_first('element.suppliers') ~ '.id') }} as supplier
    from elements
)

select
    found.slice_id,
    found.source_id,
    found.ocid,
    found.path,
    {{ filled('element.id') }} as award_id,
    {{ filled('element.title') }} as title,
    {{ filled('element.description') }} as description,
    {{ filled('element.status') }} as status,
    {{ try_timestamp('element.date') }} as award_date,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ try_timestamp('element.contractPeriod.startDate') }} as contract_period_start,
    {{ try_timestamp('element.contractPeriod.endDate') }} as contract_period_end,
    {{ list_length('element.suppliers') }} as supplier_count,
    {{ try_timestamp('element.contractPeriod.maxExtentDate') }} as contract_period_max_end,
    {{ try_integer('element.contractPeriod.durationInDays') }} as contract_period_days,
    {{ filled('element.rationale') }} as rationale,
    {{ filled(list_first('element.suppliers') ~ '.id') }} as supplier_id,
    {{ filled(list_first('element.suppliers') ~ '.name') }} as supplier_name,
    {{ filled('supplier.address.region') }} as supplier_region,
    {{ filled('supplier.identifier.id') }} as supplier_identifier,
    {{ list_length('element.suppliers') }} > 1 as supplier_truncated,
    {{ filled(list_first('element.relatedLots')) }} as lot_id,
    {{ list_length('element.relatedLots') }} as lot_count,
    {{ list_length('element.relatedLots') }} > 1 as lot_multi,
    year,
    procurement_method,
    main_procurement_category,
    buyer_id,
    buyer_name,
    additional.additional_fields
from found
{{ with_additional_fields('found', places) }}
