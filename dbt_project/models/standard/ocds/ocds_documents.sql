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
