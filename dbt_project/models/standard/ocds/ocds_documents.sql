{%- set fields = {
    'document_id': '$.id',
    'document_type': '$.documentType',
    'title': '$.title',
    'description': '$.description',
    'url': '$.url',
    'date_published': '$.datePublished',
    'date_modified': '$.dateModified',
    'format': '$.format',
    'language': '$.language',
} -%}
{#- Where documents stand: stage, JSON path, JSON pointer. Those of milestones stay in the JSON. -#}
{%- set own = [
    ('planning', '$.planning.documents', '/planning/documents/'),
    ('tender', '$.tender.documents', '/tender/documents/'),
] -%}
{%- set of_parents = [
    ('award', 'awards', '$.documents', '/documents/'),
    ('contract', 'contracts', '$.documents', '/documents/'),
    ('implementation', 'contracts', '$.implementation.documents', '/implementation/documents/'),
] -%}
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

awards as (
    select
        slice_id,
        source_id,
        ocid,
        '/awards/' || (parent.position - 1) as path,
        parent.element as parent
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.awards', 'parent') }}
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
        '{{ pointer }}' || (document.position - 1) as path,
        document.element as element
    from compiled
    cross join {{ explode_json('compiled.compiled', json_path, 'document') }}
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
        path || '{{ pointer }}' || (document.position - 1) as path,
        document.element as element
    from {{ parents }}
    cross join {{ explode_json('parent', json_path, 'document') }}
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
    document_id,
    document_type,
    title,
    description,
    url,
    {{ try_timestamp('date_published') }} as date_published,
    {{ try_timestamp('date_modified') }} as date_modified,
    format,
    language
from extracted
