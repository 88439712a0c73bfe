with evidence as (
    select * from {{ ref('organization_evidence') }}
),

process_counts as (
    select
        organization_id,
        count(distinct source_id || chr(31) || ocid) as process_count
    from {{ ref('organization_parties') }}
    group by organization_id
),

name_counts as (
    select
        organization_id,
        name,
        sum(party_count) as party_count
    from (
        select
            organization_id,
            {{ real_name('name') }} as name,
            party_count
        from evidence
    ) as named
    where name is not null
    group by organization_id, name
),

preferred_names as (
    {{ latest_by('name_counts', ['organization_id'], ['party_count desc', 'name']) }}
),

place_counts as (
    select
        organization_id,
        territory,
        municipality,
        sum(party_count) as party_count
    from evidence
    where territory is not null
    group by organization_id, territory, municipality
),

entity_counts as (
    select
        organization_id,
        territory,
        sum(party_count) as party_count
    from place_counts
    group by organization_id, territory
),

preferred_entities as (
    {{ latest_by('entity_counts', ['organization_id'], ['party_count desc', 'territory']) }}
),

municipality_counts as (
    select
        place_counts.organization_id,
        place_counts.municipality,
        place_counts.party_count
    from place_counts
    inner join preferred_entities
        on
            place_counts.organization_id = preferred_entities.organization_id
            and place_counts.territory = preferred_entities.territory
    where place_counts.municipality is not null
),

preferred_municipalities as (
    {{ latest_by(
        'municipality_counts', ['organization_id'], ['party_count desc', 'municipality']
    ) }}
),

counted as (
    select
        organization_id,
        bool_or(is_institution) as is_institution,
        bool_or(is_supplier) as is_supplier,
        bool_and(is_unit) as is_unit,
        {{ distinct_members("string_agg(distinct roles, ',')") }} as roles,
        count(distinct source_id) as source_count,
        string_agg(distinct source_id, ',' order by source_id) as source_ids,
        sum(party_count) as party_count,
        string_agg(distinct rule, ',' order by rule) as resolved_by,
        case
            when bool_or(confidence = 'low') then 'low'
            when bool_or(confidence = 'medium') then 'medium'
            else 'high'
        end as confidence,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from evidence
    group by organization_id
)

select
    counted.organization_id,
    preferred_names.name,
    case
        when counted.is_institution and counted.is_supplier then 'both'
        when counted.is_institution then 'institution'
        when counted.is_supplier then 'supplier'
        else 'other'
    end as kind,
    counted.is_unit,
    counted.roles,
    -- A unit's id has a number behind its institution's RFC.
    case
        when counted.organization_id like 'MX-RFC-____________'
            then substr(counted.organization_id, 8)
    end as rfc,
    preferred_entities.territory as entity,
    -- Where a natural person lives within a state isn't public.
    case
        when counted.organization_id not like 'MX-TEQUIO-%'
            then preferred_municipalities.municipality
    end as municipality,
    cast(counted.source_count as integer) as source_count,
    counted.source_ids,
    cast(coalesce(name_totals.name_count, 0) as integer) as name_count,
    cast(counted.party_count as bigint) as party_count,
    cast(coalesce(process_counts.process_count, 0) as bigint) as process_count,
    counted.resolved_by,
    counted.confidence,
    counted.first_seen,
    counted.last_seen
from counted
left join preferred_names on counted.organization_id = preferred_names.organization_id
left join (
    select
        organization_id,
        count(*) as name_count
    from name_counts
    group by organization_id
) as name_totals on counted.organization_id = name_totals.organization_id
left join preferred_entities on counted.organization_id = preferred_entities.organization_id
left join preferred_municipalities
    on counted.organization_id = preferred_municipalities.organization_id
left join process_counts on counted.organization_id = process_counts.organization_id
