-- Where two sources publish the same process and say it differently: each process that a rule fails, with the first
-- place and the source that says otherwise.
with {{ cross_source_places() }}

select
    rule_id,
    source_id,
    'ocid' as entity_type,
    ocid as entity_id,
    'fail' as result,
    cast(count(distinct path) as integer) as failures,
    min_by(path, place_order) as path,
    left(min_by(coalesce(value, ''), place_order), 200) as value,
    min_by(other_source_id, place_order) as other_source_id,
    min_by(other_ocid, place_order) as other_entity_id
from (
    select
        *,
        concat_ws(chr(31), path, other_source_id, other_ocid, value) as place_order
    from places
    where not ok
) as failing
group by rule_id, source_id, ocid
