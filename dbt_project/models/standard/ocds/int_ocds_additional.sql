{#- How many lists the deepest object of the shape of a release stands in. -#}
{%- set objects = [] -%}
{%- do ocds_objects(ocds_release_shape(), objects) -%}
{%- set deepest = namespace(lists=0) -%}
{%- for object in objects -%}
    {%- set deepest.lists = [deepest.lists, object.row.count('[]')] | max -%}
{%- endfor -%}
with compiled as (
    select
        slice_id,
        source_id,
        ocid,
        compiled
    from {{ source('rebuilt', 'ocds_compiled') }}
),

searched as (
    select * from {{ ref('int_ocds_unknown_members') }}
),

-- One query for each number of lists to step into: texts stream and aren't kept.
{%- for lists in range(deepest.lists + 1) %}

rows_in_{{ lists }} as (
    select
        slice_id,
        source_id,
        ocid,
        row_pointer,
        members,
        path || {{ text_part('row_pointer', '[]', lists + 1) }} as path,
        {{ json_at('node', text_part('row_pointer', '[]', lists + 1)) }} as node
    from
        {%- for level in range(lists, 0, -1) %}
        (
        select
            slice_id,
            source_id,
            ocid,
            row_pointer,
            members,
            path || {{ text_part('row_pointer', '[]', level) }} || '/' || step as path,
            element as node
        from (
        select
            *,
            {{ unnested(
                json_elements('node', text_part('row_pointer', '[]', level)), 'element', 'step'
            ) }}
        from
        {%- endfor %}
        (
            select
                compiled.slice_id,
                compiled.source_id,
                compiled.ocid,
                searched.row_pointer,
                searched.members,
                '' as path,
                compiled.compiled as node
            from compiled
            inner join searched
                on
                    compiled.slice_id = searched.slice_id
                    and compiled.ocid = searched.ocid
                    and searched.lists = {{ lists }}
        ) as found
        {%- for level in range(lists) %}
        ) as counted
        ) as stepped
        {%- endfor %}
),
{%- endfor %}

valued as (
    {%- for lists in range(deepest.lists + 1) %}
    select
        slice_id,
        source_id,
        ocid,
        path,
        row_pointer,
        {{ json_members_at('node', 'members') }} as members
    from rows_in_{{ lists }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    slice_id,
    source_id,
    ocid,
    path,
    replace(row_pointer, '[]', '') as object,
    {{ json_object_of_members('members') }} as additional_fields,
    members
from valued
where members <> []
