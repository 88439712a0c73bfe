with processes as (
    select * from {{ source('admitted', 'ocds_processes') }}
),

awards as (
    select * from {{ source('admitted', 'ocds_awards') }}
),

mentions as (
    select
        source_id,
        ocid,
        trim(buyer_id) as buyer_id,
        {{ real_name('buyer_name') }} as buyer_name
    from processes
    where trim(buyer_id) <> ''
),

name_counts as (
    select
        buyer_id,
        buyer_name,
        count(*) as mention_count
    from mentions
    where buyer_name is not null
    group by buyer_id, buyer_name
),

preferred_names as (
    {{ latest_by('name_counts', ['buyer_id'], ['mention_count desc', 'buyer_name']) }}
),

names as (
    select
        buyer_id,
        cast(count(*) as integer) as name_count,
        {{ nest_ordered(json_string('buyer_name'), ['buyer_name']) }} as names
    from name_counts
    group by buyer_id
),

sources as (
    select
        buyer_id,
        cast(count(*) as integer) as source_count,
        string_agg(source_id, ',' order by source_id) as source_ids
    from (select distinct buyer_id, source_id from mentions) as distinct_sources
    group by buyer_id
),

processes_of_buyers as (
    select
        buyer_id,
        count(*) as process_count
    from mentions
    group by buyer_id
),

awards_of_buyers as (
    select
        mentions.buyer_id,
        count(*) as award_count,
        sum(case when awards.currency = 'MXN' then awards.amount end) as awarded_amount_mxn
    from mentions
    inner join awards
        on
            mentions.source_id = awards.source_id
            and mentions.ocid = awards.ocid
    where coalesce(awards.status, 'active') = 'active'
    group by mentions.buyer_id
)

select
    processes_of_buyers.buyer_id,
    preferred_names.buyer_name,
    names.names,
    coalesce(names.name_count, 0) as name_count,
    sources.source_ids,
    sources.source_count,
    processes_of_buyers.process_count,
    coalesce(awards_of_buyers.award_count, 0) as award_count,
    awards_of_buyers.awarded_amount_mxn
from processes_of_buyers
inner join sources using (buyer_id)
left join preferred_names using (buyer_id)
left join names using (buyer_id)
left join awards_of_buyers using (buyer_id)
