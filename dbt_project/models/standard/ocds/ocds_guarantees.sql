{%- set fields = {
    'guarantee_id': '$.id',
    'guarantee_type': '$.type',
    'obligations': '$.obligations',
    'guarantee_date': '$.date',
    'amount': '$.value.amount',
    'currency': '$.value.currency',
    'guarantor_id': '$.guarantor.id',
    'guarantor_name': '$.guarantor.name',
    'period_start': '$.period.startDate',
    'period_end': '$.period.endDate',
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
        path || '/guarantees/' || (guarantee.position - 1) as path,
        {{ json_text('parent', '$.id') }} as contract_id,
        {{ json_texts('guarantee.element', fields) }} as texts
    from contracts
    cross join {{ explode_json('parent', '$.guarantees', 'guarantee') }}
    where {{ json_is_object('guarantee.element') }}
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
    guarantee_id,
    guarantee_type,
    obligations,
    {{ try_timestamp('guarantee_date') }} as guarantee_date,
    {{ try_decimal('amount') }} as amount,
    currency,
    guarantor_id,
    guarantor_name,
    {{ try_timestamp('period_start') }} as period_start,
    {{ try_timestamp('period_end') }} as period_end
from extracted
