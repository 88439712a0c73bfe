{{ config(materialized='view') }}
-- Every rule on every entity it speaks of, with its three values: of so many rows that it is computed when it is asked.
with entities as (
    select * from {{ ref('quality_entities') }}
),

rules as (
    select * from {{ ref('quality_rules') }}
),

verdicts as (
    {{ family_verdicts() }}
),

failures as (
    select
        slice_id,
        entity_key,
        unnest(failures) as failure
    from verdicts
),

-- Of what one family tells as passed another says that it isn't (macro rule_families).
denied as (
    select
        slice_id,
        entity_key,
        failure.rule_id as rule_id
    from failures
    union all
    select
        slice_id,
        entity_key,
        unnest(string_split(not_applicable, ',')) as rule_id
    from verdicts
    where not_applicable <> ''
),

passes as (
    select
        slice_id,
        entity_key,
        unnest(string_split(passed, ',')) as rule_id
    from verdicts
    where passed <> ''
),

told as (
    select
        passes.slice_id,
        passes.entity_key,
        passes.rule_id,
        'pass' as result,
        0 as failures,
        null as path,
        null as value
    from passes
    left join denied
        on
            passes.slice_id = denied.slice_id
            and passes.entity_key = denied.entity_key
            and passes.rule_id = denied.rule_id
    where denied.rule_id is null
    union all
    select
        slice_id,
        entity_key,
        failure.rule_id as rule_id,
        'fail' as result,
        failure.failures as failures,
        failure.path as path,
        failure.value as value
    from failures
)

select
    rules.rule_id,
    entities.slice_id,
    entities.source_id,
    entities.entity_type,
    entities.entity_id,
    coalesce(told.result, 'na') as result,
    coalesce(told.failures, 0) as failures,
    told.path,
    told.value,
    entities.raw_sha256,
    entities.page,
    entities.position,
    entities.agency_id,
    entities.agency,
    entities.period
from entities
inner join rules on entities.scope = rules.scope
left join told
    on
        rules.rule_id = told.rule_id
        and entities.slice_id = told.slice_id
        and entities.entity_key = told.entity_key
union all
select
    found.rule_id,
    found.slice_id,
    found.source_id,
    found.entity_type,
    found.entity_id,
    found.result,
    found.failures,
    found.path,
    found.value,
    found.raw_sha256,
    found.page,
    found.position,
    entities.agency_id,
    entities.agency,
    entities.period
from {{ source('public_view', 'record_results') }} as found
inner join entities
    on found.slice_id = entities.slice_id and found.entity_key = entities.entity_key
