{%- set denied = "('" ~ denied_rules() | join("', '") ~ "')" -%}
-- Verdicts counted by slice, rule, institution and year. Entities with the same verdicts are counted together first:
-- there are few combinations, and each stands for many rules.
with entities as (
    select * from {{ ref('quality_entities') }}
),

rules as (
    select * from {{ ref('quality_rules') }}
),

-- `scope` is that of the entity where all of them are told, and null besides.
verdicts as (
    select
        slice_id,
        source_id,
        scope,
        agency_id,
        agency,
        period,
        passed,
        not_applicable,
        failures
    from {{ ref('quality_entity_verdicts') }}
    union all
    select
        entities.slice_id,
        entities.source_id,
        null as scope,
        entities.agency_id,
        entities.agency,
        entities.period,
        wide_verdicts.passed,
        wide_verdicts.not_applicable,
        {{ failure_counts('wide_verdicts.failures') }} as failures
    from ({{ family_verdicts(['wide', 'denying']) }}) as wide_verdicts
    inner join entities
        on wide_verdicts.slice_id = entities.slice_id and wide_verdicts.entity_key = entities.entity_key
),

combinations as (
    select
        slice_id,
        source_id,
        scope,
        agency_id,
        agency,
        period,
        passed,
        not_applicable,
        failures,
        count(*) as entity_count
    from verdicts
    group by all
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
        sum(entity_count) as entity_count
    from combinations
    where scope is not null
    group by slice_id, source_id, scope, agency_id, agency, period
),

failing as (
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        unnest(failures) as failure,
        entity_count
    from combinations
    where {{ list_length('failures') }} > 0
),

-- A rule of the models isn't applicable until a place of the entity is looked at; Python says itself when it isn't. What a
-- family denies was told as passed by another.
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
        rule_id,
        entity_count as passes,
        0 as fails,
        case when rule_id in (select rule_id from rules) then -entity_count else 0 end as not_applicable,
        0 as failures
    from (
        select
            *,
            unnest(string_split(passed, ',')) as rule_id
        from combinations
        where passed <> ''
    ) as passing
    union all
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        rule_id,
        case when rule_id in {{ denied }} then -entity_count else 0 end as passes,
        0 as fails,
        entity_count as not_applicable,
        0 as failures
    from (
        select
            *,
            unnest(string_split(not_applicable, ',')) as rule_id
        from combinations
        where not_applicable <> ''
    ) as left_out
    union all
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        failure.rule_id as rule_id,
        case when failure.rule_id in {{ denied }} then -sum(entity_count) else 0 end as passes,
        sum(entity_count) as fails,
        case
            when failure.rule_id in {{ denied }} then 0
            when failure.rule_id in (select rule_id from rules) then -sum(entity_count)
            else 0
        end as not_applicable,
        sum(entity_count * failure.failures) as failures
    from failing
    group by slice_id, source_id, agency_id, agency, period, failure.rule_id
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
