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
