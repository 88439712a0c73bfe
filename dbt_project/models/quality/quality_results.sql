{{ config(materialized='view') }}
-- Every failure: what the family models found, and what Python found record by record, which tells the place of the
-- release that fails. What passes or isn't applicable is counted (quality_by_agency) and told by quality_verdicts.
with entities as (
    select * from {{ ref('quality_entities') }}
),

failures as (
    select
        slice_id,
        entity_key,
        unnest(failures) as failure
    from ({{ family_verdicts() }}) as verdicts
)

select
    failures.failure.rule_id as rule_id,
    entities.slice_id,
    entities.source_id,
    entities.entity_type,
    entities.entity_id,
    'fail' as result,
    failures.failure.failures as failures,
    failures.failure.path as path,
    failures.failure.value as value,
    entities.raw_sha256,
    entities.page,
    entities.position,
    entities.agency_id,
    entities.agency,
    entities.period
from failures
inner join entities
    on failures.slice_id = entities.slice_id and failures.entity_key = entities.entity_key
union all
select
    found.rule_id,
    found.slice_id,
    found.source_id,
    found.entity_type,
    found.entity_id,
    'fail' as result,
    found.failures,
    found.path,
    found.value,
    found.raw_sha256,
    found.page,
    found.position,
    entities.agency_id,
    entities.agency,
    entities.period
from {{ source('public_view', 'record_failures') }} as found
inner join entities
    on found.slice_id = entities.slice_id and found.entity_key = entities.entity_key
