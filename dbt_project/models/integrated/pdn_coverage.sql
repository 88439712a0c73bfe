with entities as (
    select * from {{ ref('entities') }}
),

systems as (
    select unnest(['s1', 's2', 's3', 's6']) as system
),

sources as (
    select
        source_id,
        entity,
        {{ system_key('system') }} as system,
        admitted,
        state,
        attempted_at,
        records,
        fetched_at,
        lists_institutions,
        -- An answer that can't be used is none; what never was asked is neither.
        case
            when state in ('complete', 'partial', 'empty', 'unchanged') then 'reachable'
            when state is not null then 'unreachable'
            else 'not_tried'
        end as reachability
    from {{ source('admitted', 'sources') }}
    where not {{ is_of_every_state('publisher_id') }}
),

-- A capture later than its fetch is a typing error, and no fresher than the fetch.
captures as (
    {%- for place in institution_fields() %}
    select
        records.source_id,
        max(records.{{ place.seen_at }}) as captured_at
    from {{ source('admitted', place.table) }} as records
    inner join sources
        on
            records.source_id = sources.source_id
            and records.{{ place.seen_at }} <= sources.fetched_at
    group by records.source_id
    union all
    {%- endfor %}
    select
        processes.source_id,
        max(processes.compiled_date) as captured_at
    from {{ source('admitted', 'ocds_processes') }} as processes
    inner join sources
        on
            processes.source_id = sources.source_id
            and processes.compiled_date <= sources.fetched_at
    group by processes.source_id
),

captures_of_sources as (
    select
        source_id,
        max(captured_at) as captured_at
    from captures
    group by source_id
),

names as (
    select * from {{ ref('institution_names') }}
),

published_names as (
    select distinct
        source_id,
        name
    from names
    where record_count > 0
),

published_institutions as (
    select distinct
        source_id,
        institution_id
    from names
    where record_count > 0 and institution_id is not null
),

-- Each institution a provider lists, once: whether some record of it has that very name, and
-- whether one has any name of that body.
listed as (
    select
        names.source_id,
        names.name,
        bool_or(published_names.name is not null) as is_found_exactly,
        bool_or(
            published_names.name is not null or published_institutions.institution_id is not null
        ) as is_found
    from names
    left join published_names
        on
            names.source_id = published_names.source_id
            and names.name = published_names.name
    left join published_institutions
        on
            names.source_id = published_institutions.source_id
            and names.institution_id = published_institutions.institution_id
    where names.is_listed
    group by names.source_id, names.name
),

listed_of_sources as (
    select
        source_id,
        count(*) as listed_count,
        count(*) filter (is_found_exactly) as found_exactly_count,
        count(*) filter (is_found) as found_count
    from listed
    group by source_id
),

institutions_of_sources as (
    select
        sources.entity,
        sources.system,
        count(distinct published_institutions.institution_id) as institution_count
    from published_institutions
    inner join sources on published_institutions.source_id = sources.source_id
    group by sources.entity, sources.system
),

counted as (
    select
        sources.entity,
        sources.system,
        count(*) as declared_sources,
        count(*) filter (sources.reachability = 'reachable') as reachable_sources,
        count(*) filter (sources.reachability = 'unreachable') as unreachable_sources,
        count(*) filter (sources.reachability = 'not_tried') as untried_sources,
        count(*) filter (sources.admitted) as published_sources,
        max(sources.attempted_at) as attempted_at,
        sum(sources.records) filter (sources.admitted) as published_records,
        bool_or(sources.state = 'empty') as is_declared_empty,
        max(captures_of_sources.captured_at) as captured_at,
        max(sources.fetched_at) filter (sources.admitted) as fetched_at,
        -- None listed and no list are two things.
        sum(coalesce(listed_of_sources.listed_count, 0)) filter (sources.lists_institutions)
            as institutions_listed,
        sum(coalesce(listed_of_sources.found_exactly_count, 0)) filter (sources.lists_institutions)
            as institutions_found_exactly,
        sum(coalesce(listed_of_sources.found_count, 0)) filter (sources.lists_institutions)
            as institutions_found
    from sources
    left join captures_of_sources on sources.source_id = captures_of_sources.source_id
    left join listed_of_sources on sources.source_id = listed_of_sources.source_id
    group by sources.entity, sources.system
),

connections as (
    select * from {{ ref('pdn_connections') }}
)

select
    entities.entity,
    entities.name as entity_name,
    systems.system,
    cast(coalesce(counted.declared_sources, 0) as integer) as declared_sources,
    cast(coalesce(counted.reachable_sources, 0) as integer) as reachable_sources,
    cast(coalesce(counted.unreachable_sources, 0) as integer) as unreachable_sources,
    cast(coalesce(counted.untried_sources, 0) as integer) as untried_sources,
    cast(coalesce(counted.published_sources, 0) as integer) as published_sources,
    case
        when counted.reachable_sources > 0 then 'reachable'
        when counted.unreachable_sources > 0 then 'unreachable'
        else 'not_tried'
    end as reachability,
    cast({{ in_mexico_city('counted.attempted_at') }} as date) as attempted_on,
    cast(
        case
            when counted.published_sources > 0 then counted.published_records
            when counted.is_declared_empty then 0
        end as bigint
    ) as records,
    cast({{ in_mexico_city('counted.captured_at') }} as date) as newest_capture_on,
    cast({{ in_mexico_city('counted.fetched_at') }} as date) as fetched_on,
    cast(institutions_of_sources.institution_count as integer) as institutions_in_records,
    cast(counted.institutions_listed as integer) as institutions_listed,
    cast(counted.institutions_found_exactly as integer) as institutions_found_exactly,
    cast(counted.institutions_found as integer) as institutions_found,
    connections.bodies_connected,
    connections.bodies_total,
    connections.parts_connected,
    connections.as_of as connections_as_of,
    case
        when counted.published_sources > 0 then 'published'
        when counted.is_declared_empty then 'empty'
        when counted.reachable_sources > 0 then 'held_back'
        when counted.unreachable_sources > 0 then 'unreachable'
        when counted.declared_sources > 0 then 'not_tried'
        else 'not_declared'
    end as coverage
from entities
cross join systems
left join counted
    on
        entities.entity = counted.entity
        and systems.system = counted.system
left join institutions_of_sources
    on
        entities.entity = institutions_of_sources.entity
        and systems.system = institutions_of_sources.system
left join connections
    on
        entities.entity = connections.entity
        and systems.system = connections.system
