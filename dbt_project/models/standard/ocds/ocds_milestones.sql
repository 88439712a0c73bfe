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

{{ ocds_staged_elements(own, of_parents) }},

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
