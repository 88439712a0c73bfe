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
        '{{ pointer }}' || (related.position - 1) as path,
        related.element as element
    from compiled
    cross join {{ explode_json('compiled.compiled', json_path, 'related') }}
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
        path || '{{ pointer }}' || (related.position - 1) as path,
        related.element as element
    from {{ parents }}
    cross join {{ explode_json('parent', json_path, 'related') }}
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
