{%- set fields = {
    'related_process_id': '$.id',
    'scheme': '$.scheme',
    'identifier': '$.identifier',
    'title': '$.title',
    'uri': '$.uri',
} -%}
{#- Where related processes stand: stage, JSON path, JSON pointer. -#}
{%- set own = [
    ('process', '$.relatedProcesses', '/relatedProcesses/'),
] -%}
{%- set of_parents = [
    ('contract', 'contracts', '$.relatedProcesses', '/relatedProcesses/'),
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
        {{ json_joined('element', '$.relationship[*]') }} as relationship,
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
        relationship,
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
    related_process_id,
    relationship,
    scheme,
    identifier,
    title,
    uri
from extracted
