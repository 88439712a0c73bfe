{%- set fields = {
    'item_id': '$.id',
    'description': '$.description',
    'classification_scheme': '$.classification.scheme',
    'classification_id': '$.classification.id',
    'classification_description': '$.classification.description',
    'quantity': '$.quantity',
    'unit_name': '$.unit.name',
    'unit_amount': '$.unit.value.amount',
    'unit_currency': '$.unit.value.currency',
} -%}
{#- Where items stand: stage, JSON path, JSON pointer. -#}
{%- set own = [
    ('tender', '$.tender.items', '/tender/items/'),
] -%}
{%- set of_parents = [
    ('award', 'awards', '$.items', '/items/'),
    ('contract', 'contracts', '$.items', '/items/'),
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
        '{{ pointer }}' || (item.position - 1) as path,
        item.element as element
    from compiled
    cross join {{ explode_json('compiled.compiled', json_path, 'item') }}
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
        path || '{{ pointer }}' || (item.position - 1) as path,
        item.element as element
    from {{ parents }}
    cross join {{ explode_json('parent', json_path, 'item') }}
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
    item_id,
    description,
    classification_scheme,
    classification_id,
    classification_description,
    {{ try_decimal('quantity', 28, 6) }} as quantity,
    unit_name,
    {{ try_decimal('unit_amount', 28, 6) }} as unit_amount,
    unit_currency
from extracted
