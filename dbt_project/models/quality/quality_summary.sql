-- Verdicts counted by slice and rule.
select
    slice_id,
    source_id,
    rule_id,
    cast(sum("pass") as bigint) as "pass",
    cast(sum("fail") as bigint) as "fail",
    cast(sum("na") as bigint) as "na",
    cast(sum(failures) as bigint) as failures
from {{ ref('quality_by_agency') }}
group by slice_id, source_id, rule_id
