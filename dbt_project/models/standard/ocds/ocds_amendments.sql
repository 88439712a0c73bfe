{%- set fields = {
    'amendment_id': '$.id',
    'amendment_date': '$.date',
    'rationale': '$.rationale',
    'description': '$.description',
    'amends_release_id': '$.amendsReleaseID',
    'release_id': '$.releaseID',
} -%}
{#- Where amendments stand: stage, JSON path, JSON pointer. -#}
{%- set own = [
    ('tender', '$.tender.amendments', '/tender/amendments/'),
] -%}
{%- set of_parents = [
    ('award', 'awards', '$.amendments', '/amendments/'),
    ('contract', 'contracts', '$.amendments', '/amendments/'),
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
    amendment_id,
    {{ try_timestamp('amendment_date') }} as amendment_date,
    rationale,
    description,
    amends_release_id,
    release_id
from extracted
