{%- set places = [('tender', 'tender.lots[]')] -%}
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
    {{ filled('element.id') }} as lot_id,
    {{ filled('element.title') }} as title,
    {{ filled('element.description') }} as description,
    {{ filled('element.status') }} as status,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    year,
    procurement_method,
    main_procurement_category,
    buyer_id,
    buyer_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
