with sections as (
    select * from {{ ref('int_ocds_sections') }}
),

headlines as (
    select
        sections.* exclude (parties, planning, tender, bids, awards, contracts, relatedProcesses),
        {{ filled('tender.procuringEntity.id') }} as procuring_entity_id,
        {{ filled('tender.procuringEntity.name') }} as procuring_entity_name,
        {{ filled('tender.id') }} as tender_id,
        {{ filled('tender.title') }} as title,
        {{ filled('tender.status') }} as status,
        {{ filled('tender.procurementMethodDetails') }} as procurement_method_details,
        {{ try_decimal('tender.value.amount') }} as tender_amount,
        {{ filled('tender.value.currency') }} as tender_currency,
        {{ try_timestamp('tender.tenderPeriod.startDate') }} as tender_start,
        {{ try_timestamp('tender.tenderPeriod.endDate') }} as tender_end,
        {{ try_integer('tender.numberOfTenderers') }} as number_of_tenderers,
        {{ filled('tender.classification.scheme') }} as tender_class_scheme,
        {{ filled('tender.classification.id') }} as tender_class_id,
        {{ try_decimal('planning.budget.amount.amount') }} as budget_amount,
        {{ filled('planning.budget.amount.currency') }} as budget_currency,
        {{ filled('planning.budget.projectID') }} as project_id,
        {{ filled('planning.budget.project') }} as project,
        {{ list_find('parties', 'id', 'buyer_id') }} as buyer,
        {{ list_length('awards') }} as award_count,
        {{ list_length('contracts') }} as contract_count
    from sections
),

award_totals as (
    select
        slice_id,
        ocid,
        min(award_date) as first_award_date,
        max(award_date) as last_award_date,
        count(amount) > 0 as has_amount,
        -- Only awards in force count, and amounts of two currencies aren't added.
        case
            when count(distinct coalesce(currency, ''))
                filter (status = 'active' and amount is not null) = 1
                then sum(amount) filter (status = 'active')
        end as awarded_amount,
        case
            when count(distinct coalesce(currency, ''))
                filter (status = 'active' and amount is not null) = 1
                then max(currency) filter (status = 'active' and amount is not null)
        end as awarded_currency
    from {{ ref('ocds_awards') }}
    group by slice_id, ocid
),

suppliers as (
    select
        slice_id,
        ocid,
        count(distinct supplier_id) as supplier_count
    from {{ ref('ocds_award_suppliers') }}
    group by slice_id, ocid
),

tenderers as (
    select
        slice_id,
        ocid,
        count(distinct coalesce(tenderer_id, tenderer_name, path)) as tenderer_count
    from {{ ref('ocds_tenderers') }}
    group by slice_id, ocid
),

bids as (
    select
        slice_id,
        ocid,
        count(*) as bid_count
    from {{ ref('ocds_bids') }}
    group by slice_id, ocid
),

lots as (
    select
        slice_id,
        ocid,
        count(*) as lot_count
    from {{ ref('ocds_lots') }}
    group by slice_id, ocid
),

amendments as (
    select
        slice_id,
        ocid,
        count(*) as amendment_count
    from {{ ref('ocds_amendments') }}
    group by slice_id, ocid
),

item_classes as (
    select * from {{ ref('int_ocds_item_classes') }}
),

joined as (
    select
        headlines.* exclude (buyer),
        headlines.buyer.address.region as buyer_region,
        headlines.buyer.identifier.id as buyer_identifier,
        award_totals.first_award_date,
        award_totals.last_award_date,
        award_totals.awarded_amount,
        award_totals.awarded_currency,
        coalesce(award_totals.has_amount, false) as has_amount,
        coalesce(suppliers.supplier_count, 0) as supplier_count,
        coalesce(lots.lot_count, 0) as lot_count,
        coalesce(bids.bid_count, 0) as bid_count,
        coalesce(amendments.amendment_count, 0) as amendment_count,
        tenderers.tenderer_count as listed_tenderers,
        item_classes.scheme as items_class_scheme,
        item_classes.classification_id as items_class_id,
        case
            when headlines.number_of_tenderers is not null then 'tender/numberOfTenderers'
            when bids.bid_count > 0 then 'bids/details'
            when tenderers.tenderer_count > 0 then 'tender/tenderers'
        end as tenderer_source,
        coalesce(headlines.number_of_tenderers, bids.bid_count, tenderers.tenderer_count)
            as counted_tenderers
    from headlines
    left join award_totals using (slice_id, ocid)
    left join suppliers using (slice_id, ocid)
    left join tenderers using (slice_id, ocid)
    left join bids using (slice_id, ocid)
    left join lots using (slice_id, ocid)
    left join amendments using (slice_id, ocid)
    left join item_classes using (slice_id, ocid)
)

select
    joined.slice_id,
    joined.source_id,
    joined.ocid,
    {{ try_timestamp('compiled_date') }} as compiled_date,
    year,
    initiation_type,
    language,
    buyer_id,
    buyer_name,
    procuring_entity_id,
    procuring_entity_name,
    tender_id,
    joined.title,
    status,
    procurement_method,
    procurement_method_details,
    main_procurement_category,
    tender_amount,
    tender_currency,
    tender_start,
    budget_amount,
    budget_currency,
    project_id,
    project,
    award_count,
    contract_count,
    release_count,
    record_count,
    release_id,
    sources.title as source_title,
    'MX' as country,
    {{ filled('buyer_region') }} as buyer_region,
    {{ filled('buyer_identifier') }} as buyer_identifier,
    tender_end,
    tender_class_scheme,
    tender_class_id,
    case when tender_class_id is not null then tender_class_scheme else items_class_scheme end
        as main_class_scheme,
    coalesce(tender_class_id, items_class_id) as main_class_id,
    case
        when tender_class_id is not null then 'tender_classification'
        when items_class_id is not null then 'items_modal'
    end as main_class_source,
    first_award_date,
    last_award_date,
    awarded_amount,
    awarded_currency,
    coalesce(number_of_tenderers, listed_tenderers) as tenderer_count,
    bid_count,
    supplier_count,
    lot_count,
    amendment_count,
    amendment_count > 0 as has_amendments,
    bid_count > 0 as has_bids,
    coalesce(number_of_tenderers, listed_tenderers) is not null as has_tenderer_count,
    has_amount,
    tender_amount is not null as has_tender_value,
    -- R018 of Cardinal looks at open and selective procedures only: others have nothing to tell.
    case when procurement_method in ('open', 'selective') then counted_tenderers = 1 end
        as single_bid,
    case
        when procurement_method in ('open', 'selective') and counted_tenderers is not null
            then tenderer_source
    end as single_bid_source,
    {{ whole_days('tender_start', 'tender_end') }} as tender_days,
    -- R003 of Cardinal, with its default of 15 days.
    {{ whole_days('tender_start', 'tender_end') }} < 15 as has_short_tender_period,
    additional.additional_fields
from joined
left join {{ source('landed_facts', 'sources') }} as sources
    on joined.source_id = sources.source_id
left join {{ source('rebuilt', 'additional_fields') }} as additional
    on
        joined.slice_id = additional.slice_id
        and joined.ocid = additional.ocid
        and additional.path = ''
