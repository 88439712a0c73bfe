with evidence as (
    select * from {{ ref('organization_evidence') }}
),

named as (
    select
        organization_id,
        source_id,
        {{ real_name('name') }} as name,
        normalized_name,
        company_form,
        party_count,
        first_seen,
        last_seen
    from evidence
)

select
    organization_id,
    source_id,
    name,
    min(normalized_name) as normalized_name,
    min(company_form) as company_form,
    cast(sum(party_count) as bigint) as party_count,
    min(first_seen) as first_seen,
    max(last_seen) as last_seen
from named
where name is not null
group by organization_id, source_id, name
