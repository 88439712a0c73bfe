{%- set fields = {
    'contract_id': '$.id',
    'award_id': '$.awardID',
    'title': '$.title',
    'description': '$.description',
    'status': '$.status',
    'date_signed': '$.dateSigned',
    'amount': '$.value.amount',
    'currency': '$.value.currency',
    'net_amount': '$.value.netAmount',
    'period_start': '$.period.startDate',
    'period_end': '$.period.endDate',
    'implementation_status': '$.implementation.status',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

elements as (
    select
        slice_id,
        source_id,
        ocid,
        '/contracts/' || (contract.position - 1) as path,
        {{ json_texts('contract.element', fields) }} as texts
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.contracts', 'contract') }}
    where {{ json_is_object('contract.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        path,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    ocid,
    path,
    contract_id,
    award_id,
    title,
    description,
    status,
    {{ try_timestamp('date_signed') }} as date_signed,
    {{ try_decimal('amount') }} as amount,
    currency,
    {{ try_decimal('net_amount') }} as net_amount,
    {{ try_timestamp('period_start') }} as period_start,
    {{ try_timestamp('period_end') }} as period_end,
    implementation_status
from extracted
