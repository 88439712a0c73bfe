with processes as (
    select * from {{ source('admitted', 'ocds_processes') }}
),

awards as (
    select * from {{ source('admitted', 'ocds_awards') }}
),

parties as (
    select * from {{ ref('organization_parties') }}
),

mentions as (
    select
        processes.source_id,
        processes.ocid,
        parties.organization_id,
        trim(processes.buyer_id) as buyer_id,
        {{ real_name('processes.buyer_name') }} as buyer_name
    from processes
    inner join parties
        on
            processes.source_id = parties.source_id
            and processes.ocid = parties.ocid
            and trim(processes.buyer_id) = parties.party_id
),

id_counts as (
    select
        organization_id,
        buyer_id,
        count(*) as mention_count
    from mentions
    group by organization_id, buyer_id
),

preferred_ids as (
    {{ latest_by('id_counts', ['organization_id'], ['mention_count desc', 'buyer_id']) }}
),

name_counts as (
    select
        organization_id,
        buyer_name,
        count(*) as mention_count
    from mentions
    where buyer_name is not null
    group by organization_id, buyer_name
),

preferred_names as (
    {{ latest_by('name_counts', ['organization_id'], ['mention_count desc', 'buyer_name']) }}
),

names as (
    select
        organization_id,
        cast(count(*) as integer) as name_count,
        {{ nest_ordered(json_string('buyer_name'), ['buyer_name']) }} as names
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

processes_of_buyers as (
    select
        organization_id,
        count(*) as process_count
    from mentions
    group by organization_id
),

awards_of_buyers as (
    select
        mentions.organization_id,
        count(*) as award_count,
        sum(case when awards.currency = 'MXN' then awards.amount end) as awarded_amount_mxn
    from mentions
    inner join awards
        on
            mentions.source_id = awards.source_id
            and mentions.ocid = awards.ocid
    where coalesce(awards.status, 'active') = 'active'
    group by mentions.organization_id
)

select
    processes_of_buyers.organization_id,
    case
        when processes_of_buyers.organization_id like 'MX-%'
            then processes_of_buyers.organization_id
        else preferred_ids.buyer_id
    end as buyer_id,
    preferred_names.buyer_name,
    names.names,
    coalesce(names.name_count, 0) as name_count,
    sources.source_ids,
    sources.source_count,
    processes_of_buyers.process_count,
    coalesce(awards_of_buyers.award_count, 0) as award_count,
    awards_of_buyers.awarded_amount_mxn
from processes_of_buyers
inner join sources using (organization_id)
inner join preferred_ids using (organization_id)
left join preferred_names using (organization_id)
left join names using (organization_id)
left join awards_of_buyers using (organization_id)
