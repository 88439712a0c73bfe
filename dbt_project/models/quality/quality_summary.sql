-- Results counted by slice and rule.
select
    slice_id,
    source_id,
    rule_id,
    count(*) filter (where result = 'pass') as "pass",
    count(*) filter (where result = 'fail') as "fail",
    count(*) filter (where result = 'na') as "na",
    cast(sum(failures) as bigint) as failures
from {{ ref('quality_results') }}
group by slice_id, source_id, rule_id
