{%- set places = [('implementation', 'contracts[].implementation.transactions[]')] -%}
with elements as (
    {{ ocds_elements(places) }}
)

select
    elements.slice_id,
    elements.source_id,
    elements.ocid,
    elements.path,
    parent_id as contract_id,
    {{ filled('element.id') }} as transaction_id,
    {{ try_timestamp('element.date') }} as transaction_date,
    -- OCDS 1.0 called the value amount, the payer providerOrganization.
    coalesce(
        {{ try_decimal('element.value.amount') }}, {{ try_decimal('element.amount.amount') }}
    ) as amount,
    coalesce(
        {{ filled('element.value.currency') }}, {{ filled('element.amount.currency') }}
    ) as currency,
    coalesce(
        {{ filled('element.payer.id') }}, {{ filled('element.providerOrganization.id') }}
    ) as payer_id,
    coalesce(
        {{ filled('element.payer.name') }}, {{ filled('element.providerOrganization.legalName') }}
    ) as payer_name,
    coalesce(
        {{ filled('element.payee.id') }}, {{ filled('element.receiverOrganization.id') }}
    ) as payee_id,
    coalesce(
        {{ filled('element.payee.name') }}, {{ filled('element.receiverOrganization.legalName') }}
    ) as payee_name,
    {{ filled('element.paymentMethod') }} as payment_method,
    coalesce(
        {{ try_decimal('element.value.netAmount') }}, {{ try_decimal('element.amount.netAmount') }}
    ) as net_amount,
    {{ filled('element.source') }} as transaction_source,
    {{ filled('element.uri') }} as uri,
    {{ filled('element.providerOrganization.scheme') }} as payer_scheme,
    {{ filled('element.receiverOrganization.scheme') }} as payee_scheme,
    additional.additional_fields
from elements
{{ with_additional_fields('elements', places) }}
