{%- set places = [('bid', 'bids.details[]')] -%}
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
    {{ filled('element.id') }} as bid_id,
    {{ try_timestamp('element.date') }} as bid_date,
    {{ filled('element.status') }} as status,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ filled(list_first('element.tenderers') ~ '.id') }} as tenderer_id,
    {{ filled(list_first('element.tenderers') ~ '.name') }} as tenderer_name,
    {{ list_length('element.tenderers') }} as tenderer_count,
    {{ list_length('element.tenderers') }} > 1 as tenderer_truncated,
    {{ filled(list_first('element.relatedLots')) }} as lot_id,
    {{ list_length('element.relatedLots') }} as lot_count,
    year,
    procurement_method,
    main_procurement_category,
    buyer_id,
    buyer_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
