with children as (
    select * from {{ ref('stg_sipot__children') }}
),

links as (
    select * from {{ ref('stg_sipot__links') }}
),

carriers as (
    select * from {{ ref('stg_sipot__carriers') }}
),

placed as (
    select distinct
        links.slice_id,
        links.child_ordinal
    from links
    inner join carriers
        on
            links.slice_id = carriers.slice_id
            and links.original_ordinal = carriers.ordinal
    where carriers.carried_as <> 'unusable'
)

select
    children.slice_id,
    children.source_id,
    children.ordinal,
    children.collection,
    children.role,
    children.raw_sha256,
    children.page,
    children.position,
    'orphan_child' as unusable_reason
from children
left join placed
    on
        children.slice_id = placed.slice_id
        and children.ordinal = placed.child_ordinal
where
    not children.is_duplicate
    and placed.child_ordinal is null
