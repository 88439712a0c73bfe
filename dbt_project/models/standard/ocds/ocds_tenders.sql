{%- set fields = {
    'tender_id': '$.tender.id',
    'title': '$.tender.title',
    'description': '$.tender.description',
    'status': '$.tender.status',
    'procuring_entity_id': '$.tender.procuringEntity.id',
    'procuring_entity_name': '$.tender.procuringEntity.name',
    'procurement_method': '$.tender.procurementMethod',
    'procurement_method_details': '$.tender.procurementMethodDetails',
    'procurement_method_rationale': '$.tender.procurementMethodRationale',
    'main_procurement_category': '$.tender.mainProcurementCategory',
    'award_criteria': '$.tender.awardCriteria',
    'award_criteria_details': '$.tender.awardCriteriaDetails',
    'submission_method_details': '$.tender.submissionMethodDetails',
    'has_enquiries': '$.tender.hasEnquiries',
    'eligibility_criteria': '$.tender.eligibilityCriteria',
    'number_of_tenderers': '$.tender.numberOfTenderers',
    'amount': '$.tender.value.amount',
    'currency': '$.tender.value.currency',
    'min_amount': '$.tender.minValue.amount',
    'min_currency': '$.tender.minValue.currency',
    'tender_period_start': '$.tender.tenderPeriod.startDate',
    'tender_period_end': '$.tender.tenderPeriod.endDate',
    'enquiry_period_start': '$.tender.enquiryPeriod.startDate',
    'enquiry_period_end': '$.tender.enquiryPeriod.endDate',
    'award_period_start': '$.tender.awardPeriod.startDate',
    'award_period_end': '$.tender.awardPeriod.endDate',
    'contract_period_start': '$.tender.contractPeriod.startDate',
    'contract_period_end': '$.tender.contractPeriod.endDate',
} -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

tenders as (
    select
        slice_id,
        source_id,
        ocid,
        {{ json_joined('compiled', '$.tender.additionalProcurementCategories[*]') }}
            as additional_procurement_categories,
        {{ json_joined('compiled', '$.tender.submissionMethod[*]') }} as submission_method,
        {{ json_texts('compiled', fields) }} as texts
    from compiled
    where {{ json_is_object('compiled', '$.tender') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        additional_procurement_categories,
        submission_method,
        {{ json_columns('texts', fields) }}
    from tenders
)

select
    slice_id,
    source_id,
    ocid,
    tender_id,
    title,
    description,
    status,
    procuring_entity_id,
    procuring_entity_name,
    procurement_method,
    procurement_method_details,
    procurement_method_rationale,
    main_procurement_category,
    additional_procurement_categories,
    award_criteria,
    award_criteria_details,
    submission_method,
    submission_method_details,
    {{ try_boolean('has_enquiries') }} as has_enquiries,
    eligibility_criteria,
    {{ try_integer('number_of_tenderers') }} as number_of_tenderers,
    {{ try_decimal('amount') }} as amount,
    currency,
    {{ try_decimal('min_amount') }} as min_amount,
    min_currency,
    {{ try_timestamp('tender_period_start') }} as tender_period_start,
    {{ try_timestamp('tender_period_end') }} as tender_period_end,
    {{ try_timestamp('enquiry_period_start') }} as enquiry_period_start,
    {{ try_timestamp('enquiry_period_end') }} as enquiry_period_end,
    {{ try_timestamp('award_period_start') }} as award_period_start,
    {{ try_timestamp('award_period_end') }} as award_period_end,
    {{ try_timestamp('contract_period_start') }} as contract_period_start,
    {{ try_timestamp('contract_period_end') }} as contract_period_end
from extracted
