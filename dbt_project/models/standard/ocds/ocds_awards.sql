{%- set fields = {
    'award_id': '$.id',
    'title': '$.title',
    'description': '$.description',
    'status': '$.status',
    'award_date': '$.date',
    'amount': '$.value.amount',
    'currency': '$.value.currency',
    'net_amount': '$.value.netAmount',
    'contract_period_start': '$.contractPeriod.startDate',
    'contract_period_end': '$.contractPeriod.endDate',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

elements as (
    select
        slice_id,
        source_id,
        ocid,
        '/awards/' || (award.position - 1) as path,
        {{ json_length('award.element', '$.suppliers') }} as supplier_count,
        {{ json_texts('award.element', fields) }} as texts
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.awards', 'award') }}
    where {{ json_is_object('award.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        path,
        supplier_count,
        {{ json_columns('texts', fields) }}
    from elements
)

select
    slice_id,
    source_id,
    ocid,
    path,
    award_id,
    title,
    description,
    status,
    {{ try_timestamp('award_date') }} as award_date,
    {{ try_decimal('amount') }} as amount,
    currency,
    {{ try_decimal('net_amount') }} as net_amount,
    {{ try_timestamp('contract_period_start') }} as contract_period_start,
    {{ try_timestamp('contract_period_end') }} as contract_period_end,
    supplier_count
from extracted
