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
        '{{ pointer }}' || (amendment.position - 1) as path,
        amendment.element as element
    from compiled
    cross join {{ explode_json('compiled.compiled', json_path, 'amendment') }}
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
        path || '{{ pointer }}' || (amendment.position - 1) as path,
        amendment.element as element
    from {{ parents }}
    cross join {{ explode_json('parent', json_path, 'amendment') }}
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
    amendment_id,
    {{ try_timestamp('amendment_date') }} as amendment_date,
    rationale,
    description,
    amends_release_id,
    release_id
from extracted
