{%- set fields = {
    'transaction_id': '$.id',
    'transaction_date': '$.date',
    'amount': '$.value.amount',
    'currency': '$.value.currency',
    'deprecated_amount': '$.amount.amount',
    'deprecated_currency': '$.amount.currency',
    'payer_id': '$.payer.id',
    'payer_name': '$.payer.name',
    'payee_id': '$.payee.id',
    'payee_name': '$.payee.name',
    'payment_method': '$.paymentMethod',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

{{ ocds_parents('contracts') }},

elements as (
    select
        slice_id,
        source_id,
        ocid,
        path || '/implementation/transactions/' || (deal.position - 1) as path,
        {{ json_text('parent', '$.id') }} as contract_id,
        {{ json_texts('deal.element', fields) }} as texts
    from contracts
    cross join {{ explode_json('parent', '$.implementation.transactions', 'deal') }}
    where {{ json_is_object('deal.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        path,
        contract_id,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    ocid,
    path,
    contract_id,
    transaction_id,
    {{ try_timestamp('transaction_date') }} as transaction_date,
    -- OCDS 1.0 called the value amount.
    coalesce({{ try_decimal('amount') }}, {{ try_decimal('deprecated_amount') }}) as amount,
    coalesce(currency, deprecated_currency) as currency,
    payer_id,
    payer_name,
    payee_id,
    payee_name,
    payment_method
from extracted
