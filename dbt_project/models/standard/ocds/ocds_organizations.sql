-- Who stands in a role by what the sections say, not by what parties says of itself.
with mentions as (
    select
        slice_id,
        source_id,
        ocid,
        buyer_id as organization_id,
        buyer_name as name,
        'buyer' as role
    from {{ ref('ocds_processes') }}
    union all
    select
        slice_id, source_id, ocid, procuring_entity_id, procuring_entity_name, 'procuringEntity'
    from {{ ref('ocds_tenders') }}
    union all
    select slice_id, source_id, ocid, tenderer_id, tenderer_name, 'tenderer'
    from {{ ref('ocds_tenderers') }}
    union all
    select slice_id, source_id, ocid, tenderer_id, tenderer_name, 'tenderer'
    from {{ ref('ocds_bid_tenderers') }}
    union all
    select slice_id, source_id, ocid, supplier_id, supplier_name, 'supplier'
    from {{ ref('ocds_award_suppliers') }}
),

-- What parties says of the one mentioned; an id stands there once, or the first entry counts.
parties as (
    select
        slice_id,
        ocid,
        party_id,
        min_by(name, path) as name,
        min_by(region, path) as region,
        min_by(entity, path) as entity,
        min_by(identifier_id, path) as identifier_id,
        min_by(identifier_scheme, path) as identifier_scheme
    from {{ ref('ocds_parties') }}
    where party_id is not null
    group by slice_id, ocid, party_id
),

described as (
    select
        mentions.slice_id,
        mentions.source_id,
        mentions.ocid,
        mentions.organization_id,
        mentions.role,
        coalesce(parties.name, mentions.name) as name,
        parties.region,
        parties.entity,
        parties.identifier_id,
        parties.identifier_scheme,
        cast(processes.compiled_date as varchar) as compiled_date
    from mentions
    inner join {{ ref('ocds_processes') }} as processes
        on
            mentions.slice_id = processes.slice_id
            and mentions.ocid = processes.ocid
    left join parties
        on
            mentions.slice_id = parties.slice_id
            and mentions.ocid = parties.ocid
            and mentions.organization_id = parties.party_id
    where mentions.organization_id is not null
)

-- Each datum is that of the latest process that has it.
select
    slice_id,
    source_id,
    {{ latest_value('ocid') }} as ocid,
    organization_id,
    role,
    {{ latest_value('name') }} as name,
    {{ latest_value('region') }} as region,
    {{ latest_value('entity') }} as entity,
    {{ latest_value('identifier_id') }} as identifier_id,
    {{ latest_value('identifier_scheme') }} as identifier_scheme,
    'MX' as country,
    count(distinct ocid) as process_count
from described
group by slice_id, source_id, organization_id, role
