-- Verdicts counted by slice, rule, institution and year. Entities with the same verdicts are counted together first:
-- there are few combinations, and each stands for many rules.
with entities as (
    select * from {{ ref('quality_entities') }}
),

-- How many entities there are for a rule to speak of.
totals as (
    select
        slice_id,
        source_id,
        scope,
        agency_id,
        agency,
        period,
        count(*) as entity_count
    from entities
    group by slice_id, source_id, scope, agency_id, agency, period
),

rules as (
    select * from {{ ref('quality_rules') }}
),

combinations as (
    select
        entities.slice_id,
        entities.source_id,
        entities.scope,
        entities.agency_id,
        entities.agency,
        entities.period,
        verdicts.passed,
        count(*) as entity_count
    from ({{ family_verdicts() }}) as verdicts
    inner join entities
        on verdicts.slice_id = entities.slice_id and verdicts.entity_key = entities.entity_key
    group by all
),

record_combinations as (
    select
        entities.slice_id,
        entities.source_id,
        entities.scope,
        entities.agency_id,
        entities.agency,
        entities.period,
        verdicts.passed,
        verdicts.not_applicable,
        count(*) as entity_count
    from {{ source('public_view', 'record_verdicts') }} as verdicts
    inner join entities
        on verdicts.slice_id = entities.slice_id and verdicts.entity_key = entities.entity_key
    group by all
),

failing as (
    select
        slice_id,
        entity_key,
        unnest(failures) as failure
    from ({{ family_verdicts() }}) as verdicts
    union all
    select
        slice_id,
        entity_key,
        struct_pack(rule_id := rule_id, failures := failures, path := path, value := value) as failure
    from {{ source('public_view', 'record_failures') }}
),

-- A rule of the models isn't applicable until a place of the entity is looked at; Python says itself when it isn't.
counted as (
    select
        totals.slice_id,
        totals.source_id,
        totals.agency_id,
        totals.agency,
        totals.period,
        rules.rule_id,
        0 as passes,
        0 as fails,
        totals.entity_count as not_applicable,
        0 as failures
    from totals
    inner join rules on totals.scope = rules.scope
    union all
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        unnest(string_split(passed, ',')) as rule_id,
        entity_count as passes,
        0 as fails,
        -entity_count as not_applicable,
        0 as failures
    from combinations
    where passed <> ''
    union all
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        unnest(string_split(passed, ',')) as rule_id,
        entity_count as passes,
        0 as fails,
        0 as not_applicable,
        0 as failures
    from record_combinations
    where passed <> ''
    union all
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        unnest(string_split(not_applicable, ',')) as rule_id,
        0 as passes,
        0 as fails,
        entity_count as not_applicable,
        0 as failures
    from record_combinations
    where not_applicable <> ''
    union all
    select
        entities.slice_id,
        entities.source_id,
        entities.agency_id,
        entities.agency,
        entities.period,
        failing.failure.rule_id as rule_id,
        0 as passes,
        count(*) as fails,
        case when failing.failure.rule_id in (select rule_id from rules) then -count(*) else 0 end
            as not_applicable,
        sum(failing.failure.failures) as failures
    from failing
    inner join entities
        on failing.slice_id = entities.slice_id and failing.entity_key = entities.entity_key
    group by
        entities.slice_id,
        entities.source_id,
        entities.agency_id,
        entities.agency,
        entities.period,
        failing.failure.rule_id
)

select
    slice_id,
    source_id,
    rule_id,
    agency_id,
    agency,
    period,
    cast(sum(passes) as bigint) as "pass",
    cast(sum(fails) as bigint) as "fail",
    cast(sum(not_applicable) as bigint) as "na",
    cast(sum(failures) as bigint) as failures
from counted
group by slice_id, source_id, rule_id, agency_id, agency, period
