{%- set fields = {
    'milestone_id': '$.id',
    'title': '$.title',
    'milestone_type': '$.type',
    'description': '$.description',
    'code': '$.code',
    'due_date': '$.dueDate',
    'date_met': '$.dateMet',
    'date_modified': '$.dateModified',
    'status': '$.status',
} -%}
{#- Where milestones stand: stage, JSON path, JSON pointer. -#}
{%- set own = [
    ('planning', '$.planning.milestones', '/planning/milestones/'),
    ('tender', '$.tender.milestones', '/tender/milestones/'),
] -%}
{%- set of_parents = [
    ('contract', 'contracts', '$.milestones', '/milestones/'),
    ('implementation', 'contracts', '$.implementation.milestones', '/implementation/milestones/'),
] -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

contracts as (
    select
        slice_id,
        source_id,
        ocid,
        '/contracts/' || (parent.position - 1) as path,
        parent.element as parent
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.contracts', 'parent') }}
),

elements as (
    {%- for stage, json_path, pointer in own %}
    select
        slice_id,
        source_id,
        ocid,
        '{{ stage }}' as stage,
        cast(null as varchar) as parent_id,
        '{{ pointer }}' || (milestone.position - 1) as path,
        milestone.element as element
    from compiled
    cross join {{ explode_json('compiled.compiled', json_path, 'milestone') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- for stage, parents, json_path, pointer in of_parents %}
    union all
    select
        slice_id,
        source_id,
        ocid,
        '{{ stage }}' as stage,
        {{ json_text('parent', '$.id') }} as parent_id,
        path || '{{ pointer }}' || (milestone.position - 1) as path,
        milestone.element as element
    from {{ parents }}
    cross join {{ explode_json('parent', json_path, 'milestone') }}
    {%- endfor %}
),

read as (
    select
        slice_id,
        source_id,
        ocid,
        stage,
        parent_id,
        path,
        {{ json_texts('element', fields) }} as texts
    from elements
    where {{ json_is_object('element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        ocid,
        stage,
        parent_id,
        path,
        {{ json_columns('texts', fields) }}
    from read
)

select
    slice_id,
    source_id,
    ocid,
    path,
    stage,
    parent_id,
    milestone_id,
    title,
    milestone_type,
    description,
    code,
    {{ try_timestamp('due_date') }} as due_date,
    {{ try_timestamp('date_met') }} as date_met,
    {{ try_timestamp('date_modified') }} as date_modified,
    status
from extracted
