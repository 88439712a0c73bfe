{%- set rules = ['TEQ-X01', 'TEQ-X02', 'TEQ-X03', 'TEQ-X04', 'TEQ-X05'] -%}
-- The rules that compare sources, counted by source.
with {{ cross_source_places() }},

judged as (
    select
        rule_id,
        source_id,
        ocid,
        bool_and(ok) as ok,
        count(distinct case when not ok then path end) as failures
    from places
    group by rule_id, source_id, ocid
),

counted as (
    select
        rule_id,
        source_id,
        count(*) filter (where ok) as passed,
        count(*) filter (where not ok) as failed,
        sum(failures) as failures
    from judged
    group by rule_id, source_id
),

totals as (
    select
        source_id,
        count(*) as process_count
    from processes
    group by source_id
)

select
    rules.rule_id,
    totals.source_id,
    coalesce(counted.passed, 0) as "pass",
    coalesce(counted.failed, 0) as "fail",
    totals.process_count - coalesce(counted.passed, 0) - coalesce(counted.failed, 0) as "na",
    cast(coalesce(counted.failures, 0) as bigint) as failures
from totals
cross join (values {% for rule in rules %}('{{ rule }}'){% if not loop.last %}, {% endif %}{% endfor %})
    as rules (rule_id)
left join counted
    on rules.rule_id = counted.rule_id and totals.source_id = counted.source_id
