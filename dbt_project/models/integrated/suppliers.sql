with award_suppliers as (
    select * from {{ source('admitted', 'ocds_award_suppliers') }}
),

awards as (
    select * from {{ source('admitted', 'ocds_awards') }}
),

mentions as (
    select
        award_suppliers.source_id,
        award_suppliers.ocid,
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
    where award_suppliers.supplier_id is not null
),

name_counts as (
    select
        supplier_id,
        supplier_name,
        count(*) as mention_count
    from mentions
    where supplier_name is not null
    group by supplier_id, supplier_name
),

preferred_names as (
    {{ latest_by('name_counts', ['supplier_id'], ['mention_count desc', 'supplier_name']) }}
),

names as (
    select
        supplier_id,
        cast(count(*) as integer) as name_count,
        {{ nest_ordered(json_string('supplier_name'), ['supplier_name']) }} as names
    from name_counts
    group by supplier_id
),

sources as (
    select
        supplier_id,
        cast(count(*) as integer) as source_count,
        string_agg(source_id, ',' order by source_id) as source_ids
    from (select distinct supplier_id, source_id from mentions) as distinct_sources
    group by supplier_id
),

totals as (
    select
        supplier_id,
        count(*) filter (is_made) as award_count,
        count(distinct source_id || ' ' || ocid) filter (is_made) as process_count,
        sum(amount_mxn) filter (is_made and supplier_count = 1) as awarded_amount_mxn,
        count(*) filter (is_made and supplier_count > 1) as shared_award_count
    from mentions
    group by supplier_id
)

select
    totals.supplier_id,
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
inner join sources using (supplier_id)
left join preferred_names using (supplier_id)
left join names using (supplier_id)
