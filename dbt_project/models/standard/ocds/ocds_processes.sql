{%- set fields = {
    'initiation_type': '$.initiationType',
    'language': '$.language',
    'buyer_id': '$.buyer.id',
    'buyer_name': '$.buyer.name',
    'procuring_entity_id': '$.tender.procuringEntity.id',
    'procuring_entity_name': '$.tender.procuringEntity.name',
    'tender_id': '$.tender.id',
    'title': '$.tender.title',
    'status': '$.tender.status',
    'procurement_method': '$.tender.procurementMethod',
    'procurement_method_details': '$.tender.procurementMethodDetails',
    'main_procurement_category': '$.tender.mainProcurementCategory',
    'tender_amount': '$.tender.value.amount',
    'tender_currency': '$.tender.value.currency',
    'tender_start': '$.tender.tenderPeriod.startDate',
    'budget_amount': '$.planning.budget.amount.amount',
    'budget_currency': '$.planning.budget.amount.currency',
    'project_id': '$.planning.budget.projectID',
    'project': '$.planning.budget.project',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

headlines as (
    select
        slice_id,
        source_id,
        ocid,
        compiled_date,
        year,
        release_count,
        record_count,
        positions,
        {{ json_length('compiled', '$.awards') }} as award_count,
        {{ json_length('compiled', '$.contracts') }} as contract_count,
        {{ json_texts('compiled', fields) }} as texts
    from compiled
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        compiled_date,
        year,
        release_count,
        record_count,
        positions,
        award_count,
        contract_count,
        {{ json_columns('texts', fields) }}
    from headlines
)

select
    slice_id,
    source_id,
    ocid,
    {{ try_timestamp('compiled_date') }} as compiled_date,
    cast(year as integer) as year,
    initiation_type,
    language,
    buyer_id,
    buyer_name,
    procuring_entity_id,
    procuring_entity_name,
    tender_id,
    title,
    status,
    procurement_method,
    procurement_method_details,
    main_procurement_category,
    {{ try_decimal('tender_amount') }} as tender_amount,
    tender_currency,
    {{ try_timestamp('tender_start') }} as tender_start,
    {{ try_decimal('budget_amount') }} as budget_amount,
    budget_currency,
    project_id,
    project,
    award_count,
    contract_count,
    cast(release_count as integer) as release_count,
    cast(record_count as integer) as record_count,
    cast(positions as varchar) as positions
from extracted
