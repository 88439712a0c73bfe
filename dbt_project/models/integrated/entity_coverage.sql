with entities as (
    select * from {{ ref('entities') }}
),

sources as (
    select * from {{ source('admitted', 'sources') }}
),

systems as (
    select unnest(['s6-ocds', 'pdn-s2', 'pdn-s3']) as system
),

counted as (
    select
        entity,
        system,
        count(*) as declared_sources,
        count(*) filter (status = 'live') as live_sources,
        count(*) filter (admitted) as published_sources,
        sum(records) filter (admitted) as records,
        max(fetched_at) as last_fetched_at
    from sources
    group by entity, system
)

select
    entities.entity,
    entities.name as entity_name,
    systems.system,
    cast(coalesce(counted.declared_sources, 0) as integer) as declared_sources,
    cast(coalesce(counted.live_sources, 0) as integer) as live_sources,
    cast(coalesce(counted.published_sources, 0) as integer) as published_sources,
    cast(coalesce(counted.records, 0) as bigint) as records,
    cast(counted.last_fetched_at as timestamp) as last_fetched_at,
    case
        when counted.published_sources > 0 then 'published'
        when counted.live_sources > 0 then 'not_published'
        when counted.declared_sources > 0 then 'not_live'
        else 'no_source'
    end as coverage
from entities
cross join systems
left join counted
    on
        entities.entity = counted.entity
        and systems.system = counted.system
