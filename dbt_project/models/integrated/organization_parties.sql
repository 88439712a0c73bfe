with {{ published_parties() }},

evidence as (
    select
        source_id,
        party_key,
        organization_id
    from {{ ref('organization_evidence') }}
),

resolved as (
    select
        published_parties.source_id,
        published_parties.ocid,
        published_parties.party_id,
        published_parties.path,
        evidence.organization_id,
        published_parties.roles
    from published_parties
    inner join evidence
        on
            published_parties.source_id = evidence.source_id
            and published_parties.party_key = evidence.party_key
    where published_parties.ocid is not null and published_parties.party_id is not null
),

-- A process may list an id twice; a reference means the first.
first_places as (
    {{ latest_by('resolved', ['source_id', 'ocid', 'party_id'], ['length(path)', 'path']) }}
)

select
    source_id,
    ocid,
    party_id,
    organization_id,
    path,
    {{ distinct_members('roles') }} as roles
from first_places
