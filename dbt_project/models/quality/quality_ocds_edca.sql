{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
{%- set open_procedure = "procurement_method in ('open', 'selective')" -%}
-- What the tool of EDCA-MX asks of who captures with it (validation-rules and validation-process of v2.1.8), of processes
-- that are published as OCDS: converted tables have no such fields. What other rules ask already isn't asked again: ids
-- (OCDS-I03), titles (F01), amounts of contracts (F04), currencies (M03), signatures (F05), suppliers (F08), the method
-- of a kind of procedure (C07), the stage of a document (C08), the period for bids (F07). Contact points aren't public.
with published as (
    select distinct
        slice_id,
        ocid
    from {{ source('rebuilt', 'ocds_releases') }}
    where conversion in ('as_published', 'compiled_in_record', 'versioned_in_record')
),

parties as (
    select parties.*
    from {{ changed('ocds_parties') }} as parties
    inner join published on parties.slice_id = published.slice_id and parties.ocid = published.ocid
),

tenders as (
    select tenders.*
    from {{ changed('ocds_tenders') }} as tenders
    inner join published on tenders.slice_id = published.slice_id and tenders.ocid = published.ocid
),

awards as (
    select awards.*
    from {{ changed('ocds_awards') }} as awards
    inner join published on awards.slice_id = published.slice_id and awards.ocid = published.ocid
),

contracts as (
    select contracts.*
    from {{ changed('ocds_contracts') }} as contracts
    inner join published on contracts.slice_id = published.slice_id and contracts.ocid = published.ocid
),

-- OCDS-E01: obligatory of a party.
e01 as (
    select
        {{ place_of_fields('OCDS-E01', 'path', {
            'name': 'name is not null',
            'id': 'party_id is not null',
            'identifier/id': 'identifier_id is not null',
        }) }}
    from parties
),

-- OCDS-E02: obligatory of a tender; an amount of zero is none.
e02 as (
    select
        {{ place_of_fields('OCDS-E02', "'/tender'", {
            'id': 'tender_id is not null',
            'status': 'status is not null',
            'value/amount': 'amount <> 0',
            'procurementMethod': 'procurement_method is not null',
            'procurementMethodDetails': 'procurement_method_details is not null',
            'mainProcurementCategory': 'main_procurement_category is not null',
            'additionalProcurementCategories': 'additional_procurement_categories is not null',
            'submissionMethod': 'submission_method is not null',
            'hasEnquiries': 'has_enquiries is not null',
            'numberOfTenderers': 'number_of_tenderers is not null',
        }) }}
    from tenders
),

-- OCDS-E03: an award in force says its amount.
e03 as (
    select {{ place('OCDS-E03', ok='amount is not null', path="path || '/value/amount'") }}
    from awards
    where coalesce(status, 'active') = 'active'
),

-- OCDS-E04: obligatory of a document.
e04 as (
    select
        {{ place_of_fields('OCDS-E04', 'documents.path', {
            'documentType': 'documents.document_type is not null',
            'title': 'documents.title is not null',
            'url': 'documents.url is not null',
        }, of='documents') }}
    from {{ changed('ocds_documents') }} as documents
    inner join published on documents.slice_id = published.slice_id and documents.ocid = published.ocid
),

-- OCDS-E05: obligatory of an amendment.
e05 as (
    select
        {{ place_of_fields('OCDS-E05', 'amendments.path', {
            'description': 'amendments.description is not null',
            'rationale': 'amendments.rationale is not null',
        }, of='amendments') }}
    from {{ changed('ocds_amendments') }} as amendments
    inner join published on amendments.slice_id = published.slice_id and amendments.ocid = published.ocid
),

-- OCDS-E06: each additional category is one of those of the main one. Codes of no list are another rule's matter.
categories as (
    select
        slice_id,
        ocid,
        main_procurement_category,
        unnest(string_split(additional_procurement_categories, ',')) as additional
    from tenders
    where main_procurement_category is not null and additional_procurement_categories is not null
),

main_categories as (
    select
        *,
        case
            when additional in ('goods', 'goodsAcquisition', 'goodsLease') then 'goods'
            when additional in ('services', 'consultingServices', 'worksRelatedServices') then 'services'
            when additional = 'works' then 'works'
        end as expected_main
    from categories
),

e06 as (
    select
        {{ place(
            'OCDS-E06',
            ok='main_procurement_category = expected_main',
            path="'/tender/additionalProcurementCategories'",
            value="additional || ' ≠ ' || main_procurement_category",
        ) }}
    from main_categories
    where expected_main is not null
),

-- OCDS-E07: a classification can be looked up: it says which catalogue and which key.
e07 as (
    select
        {{ place_of_fields('OCDS-E07', "items.path || '/classification'", {
            'scheme': 'items.classification_scheme is not null',
            'id': 'items.classification_id is not null',
        }, of='items') }}
    from {{ changed('ocds_items') }} as items
    inner join published on items.slice_id = published.slice_id and items.ocid = published.ocid
    where
        items.classification_scheme is not null
        or items.classification_id is not null
        or items.classification_description is not null
),

-- OCDS-E08: recommended of a party. Addresses of natural persons aren't public: only who has the RFC of a legal person.
e08 as (
    select
        {{ place_of_fields('OCDS-E08', 'path', {
            'identifier/legalName': 'identifier_legal_name is not null',
            'address/streetAddress': 'street_address is not null',
            'address/locality': 'locality is not null',
            'address/region': 'region is not null',
            'address/postalCode': 'postal_code is not null',
            'address/countryName': 'country_name is not null',
        }) }}
    from parties
    where {{ is_rfc_of_company('identifier_id') }}
),

-- OCDS-E09: recommended of a tender; a direct award has no bids to judge and no calendar.
e09 as (
    select
        {{ place_of_fields('OCDS-E09', "'/tender'", {
            'description': 'description is not null',
            'procurementMethodRationale': 'procurement_method_rationale is not null',
            'awardCriteria': 'award_criteria is not null or not ' ~ open_procedure,
            'awardCriteriaDetails': 'award_criteria_details is not null or not ' ~ open_procedure,
            'submissionMethodDetails': 'submission_method_details is not null or not ' ~ open_procedure,
            'eligibilityCriteria': 'eligibility_criteria is not null or not ' ~ open_procedure,
            'tenderPeriod/startDate': 'tender_period_start is not null or not ' ~ open_procedure,
            'enquiryPeriod/endDate': 'enquiry_period_end is not null or not ' ~ open_procedure,
            'awardPeriod/endDate': 'award_period_end is not null or not ' ~ open_procedure,
        }) }}
    from tenders
    where procurement_method is not null
),

-- OCDS-E10: recommended of an award.
e10 as (
    select
        {{ place_of_fields('OCDS-E10', 'path', {
            'title': 'title is not null',
            'description': 'description is not null',
            'status': 'status is not null',
            'date': 'award_date is not null',
            'contractPeriod/startDate': 'contract_period_start is not null',
            'contractPeriod/endDate': 'contract_period_end is not null',
        }) }}
    from awards
),

-- OCDS-E11: recommended of a contract.
e11 as (
    select
        {{ place_of_fields('OCDS-E11', 'path', {
            'title': 'title is not null',
            'description': 'description is not null',
            'status': 'status is not null',
            'period/startDate': 'period_start is not null',
            'period/endDate': 'period_end is not null',
        }) }}
    from contracts
),

places as (
    {%- for rule in ['e01', 'e02', 'e03', 'e04', 'e05', 'e06', 'e07', 'e08', 'e09', 'e10', 'e11'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_edca') }}
