with members as (
    select
        slice_id,
        source_id,
        ocid,
        object,
        {{ unnested('members', 'member', 'position') }}
    from {{ source('public_view', 'additional_fields') }}
)

select
    slice_id,
    source_id,
    min(ocid) as ocid,
    object || '/' || member.name as field,
    count(*) as occurrences,
    count(distinct ocid) as processes,
    string_agg(distinct member.kind, ',' order by member.kind) as kinds
from members
group by slice_id, source_id, field
