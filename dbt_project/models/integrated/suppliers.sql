with award_suppliers as (
    select * from {{ source('admitted', 'ocds_award_suppliers') }}
),

awards as (
    select * from {{ source('admitted', 'ocds_awards') }}
),

parties as (
    select * from {{ ref('organization_parties') }}
),

mentions as (
    select
        award_suppliers.source_id,
        award_suppliers.ocid,
        parties.organization_id,
        {{ supplier_key('award_suppliers.supplier_id') }} as supplier_id,
        {{ real_name('award_suppliers.supplier_name') }} as supplier_name,
        awards.path as award_path,
        awards.supplier_count,
        -- A cancelled or unsuccessful award gave nobody anything; one without status counts.
        coalesce(awards.status, 'active') = 'active' as is_made,
        case when awards.currency = 'MXN' then awards.amount end as amount_mxn
    from award_suppliers
    inner join awards
        on
            award_suppliers.source_id = awards.source_id
            and award_suppliers.ocid = awards.ocid
            and award_suppliers.path like awards.path || '/suppliers/%'
    inner join parties
        on
            award_suppliers.source_id = parties.source_id
            and award_suppliers.ocid = parties.ocid
            and trim(award_suppliers.supplier_id) = parties.party_id
),

id_counts as (
    select
        organization_id,
        supplier_id,
        count(*) as mention_count
    from mentions
    group by organization_id, supplier_id
),

preferred_ids as (
    {{ latest_by('id_counts', ['organization_id'], ['mention_count desc', 'supplier_id']) }}
),

name_counts as (
    select
        organization_id,
        supplier_name,
        count(*) as mention_count
    from mentions
    where supplier_name is not null
    group by organization_id, supplier_name
),

preferred_names as (
    {{ latest_by('name_counts', ['organization_id'], ['mention_count desc', 'supplier_name']) }}
),

names as (
    select
        organization_id,
        cast(count(*) as integer) as name_count,
        {{ nest_ordered(json_string('supplier_name'), ['supplier_name']) }} as names
    from name_counts
    group by organization_id
),

sources as (
    select
        organization_id,
        cast(count(*) as integer) as source_count,
        string_agg(source_id, ',' order by source_id) as source_ids
    from (select distinct organization_id, source_id from mentions) as distinct_sources
    group by organization_id
),

-- Two ids of one organization in an award are one supplier of it.
awards_of_suppliers as (
    select distinct
        organization_id,
        source_id,
        ocid,
        award_path,
        supplier_count,
        is_made,
        amount_mxn
    from mentions
),

totals as (
    select
        organization_id,
        count(*) filter (is_made) as award_count,
        count(distinct source_id || ' ' || ocid) filter (is_made) as process_count,
        sum(amount_mxn) filter (is_made and supplier_count = 1) as awarded_amount_mxn,
        count(*) filter (is_made and supplier_count > 1) as shared_award_count
    from awards_of_suppliers
    group by organization_id
)

select
    totals.organization_id,
    -- An RFC or pseudonym is its own id, however a source writes it.
    case
        when totals.organization_id like 'MX-%' then totals.organization_id
        else preferred_ids.supplier_id
    end as supplier_id,
    preferred_names.supplier_name,
    names.names,
    coalesce(names.name_count, 0) as name_count,
    sources.source_ids,
    sources.source_count,
    totals.award_count,
    totals.process_count,
    totals.awarded_amount_mxn,
    totals.shared_award_count
from totals
inner join sources using (organization_id)
inner join preferred_ids using (organization_id)
left join preferred_names using (organization_id)
left join names using (organization_id)
