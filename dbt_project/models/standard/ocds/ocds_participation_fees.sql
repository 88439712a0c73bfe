{%- set places = [('tender', 'tender.participationFees[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    {{ filled('element.id') }} as fee_id,
    {{ filled('element.type') }} as fee_type,
    {{ filled('element.description') }} as description,
    {{ try_timestamp('element.date') }} as fee_date,
    {{ try_decimal('element.value.amount') }} as amount,
    {{ filled('element.value.currency') }} as currency,
    {{ try_decimal('element.value.netAmount') }} as net_amount,
    {{ list_joined('element.methodOfPayment') }} as payment_methods,
    {{ filled('element.address.streetAddress') }} as street_address,
    {{ filled('element.address.locality') }} as locality,
    {{ filled('element.address.region') }} as region,
    {{ filled('element.address.postalCode') }} as postal_code,
    {{ filled('element.address.countryName') }} as country_name,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
