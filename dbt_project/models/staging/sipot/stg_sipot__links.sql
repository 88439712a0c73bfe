{#- A table among views: three models read it. -#}
{{ config(materialized='table') }}

with main_rows as (
    select * from {{ ref('stg_sipot__rows') }}
),

children as (
    select * from {{ ref('stg_sipot__children') }}
),

-- The tables of a workbook belong to its own main sheet; relational CSVs have a file for each.
files as (
    select
        slice_id,
        raw_sha256,
        count(distinct is_main) = 2 as is_workbook
    from (
        select
            slice_id,
            raw_sha256,
            true as is_main
        from main_rows
        union all
        select
            slice_id,
            raw_sha256,
            false as is_main
        from children
    ) as sheets
    group by slice_id, raw_sha256
),

scoped_rows as (
    select
        main_rows.slice_id,
        main_rows.ordinal,
        main_rows.original_ordinal,
        main_rows.fiscal_year,
        {{ sipot_key('main_rows.record_id') }} as record_id,
        main_rows.pointers,
        case when files.is_workbook then main_rows.raw_sha256 else '' end as scope
    from main_rows
    inner join files
        on
            main_rows.slice_id = files.slice_id
            and main_rows.raw_sha256 = files.raw_sha256
    where main_rows.layout is not null
),

scoped_children as (
    select
        children.slice_id,
        children.ordinal,
        children.role,
        children.table_number,
        children.key_header,
        children.parent_key,
        case when files.is_workbook then children.raw_sha256 else '' end as scope
    from children
    inner join files
        on
            children.slice_id = files.slice_id
            and children.raw_sha256 = files.raw_sha256
    where children.parent_key is not null
),

pointers as (
    select
        scoped_rows.slice_id,
        scoped_rows.scope,
        scoped_rows.ordinal,
        scoped_rows.original_ordinal,
        scoped_rows.fiscal_year,
        {{ json_text('pointer.element', '$.role') }} as role,
        {{ json_text('pointer.element', '$.table_number') }} as table_number,
        {{ json_text('pointer.element', '$.header') }} as header,
        {{ json_text('pointer.element', '$.key') }} as key
    from scoped_rows
    cross join {{ explode_json('scoped_rows.pointers', '$', 'pointer') }}
    where {{ json_text('pointer.element', '$.key') }} is not null
),

candidates as (
    select
        children.slice_id,
        children.ordinal as child_ordinal,
        pointers.ordinal as row_ordinal,
        pointers.original_ordinal,
        1 as preference,
        'cell' as joined_by,
        cast(null as varchar) as repaired_header,
        cast(null as varchar) as published_key,
        cast(null as varchar) as repaired_key
    from scoped_children as children
    inner join pointers
        on
            children.slice_id = pointers.slice_id
            and children.scope = pointers.scope
            and children.parent_key = pointers.key
            and (children.role = pointers.role or children.table_number = pointers.table_number)
    union all
    select
        children.slice_id,
        children.ordinal as child_ordinal,
        scoped_rows.ordinal as row_ordinal,
        scoped_rows.original_ordinal,
        2 as preference,
        'record_id' as joined_by,
        null as repaired_header,
        null as published_key,
        null as repaired_key
    from scoped_children as children
    inner join scoped_rows
        on
            children.slice_id = scoped_rows.slice_id
            and children.scope = scoped_rows.scope
            and children.parent_key = scoped_rows.record_id
    union all
    -- The main row's key has one component more in front: 0-7-1-24-30, 2018-250-1-87-19 (Q23).
    select
        children.slice_id,
        children.ordinal as child_ordinal,
        pointers.ordinal as row_ordinal,
        pointers.original_ordinal,
        3 as preference,
        'shorter_key' as joined_by,
        pointers.header as repaired_header,
        pointers.key as published_key,
        children.parent_key as repaired_key
    from scoped_children as children
    inner join pointers
        on
            children.slice_id = pointers.slice_id
            and children.scope = pointers.scope
            and children.role = pointers.role
            and children.parent_key = regexp_replace(pointers.key, '^(0|(19|20)\d\d)-', '')
            and children.parent_key <> pointers.key
            and regexp_matches(children.parent_key, '^\d+(-\d+){3}$')
    union all
    -- The table's key is a year and a budget line (2019-36102): of a row it tells the year only.
    select
        children.slice_id,
        children.ordinal as child_ordinal,
        pointers.ordinal as row_ordinal,
        pointers.original_ordinal,
        4 as preference,
        'year' as joined_by,
        children.key_header as repaired_header,
        children.parent_key as published_key,
        pointers.fiscal_year as repaired_key
    from scoped_children as children
    inner join pointers
        on
            children.slice_id = pointers.slice_id
            and children.scope = pointers.scope
            and children.role = pointers.role
            and pointers.fiscal_year = left(children.parent_key, 4)
            and regexp_matches(children.parent_key, '^(19|20)\d\d-\d{4,5}$')
    where children.role = 'budget'
),

preferred as (
    select *
    from candidates
    qualify preference = min(preference) over (partition by slice_id, child_ordinal)
)

select
    slice_id,
    child_ordinal,
    row_ordinal,
    min(original_ordinal) as original_ordinal,
    min(joined_by) as joined_by,
    min(repaired_header) as repaired_header,
    min(published_key) as published_key,
    min(repaired_key) as repaired_key
from preferred
group by slice_id, child_ordinal, row_ordinal
