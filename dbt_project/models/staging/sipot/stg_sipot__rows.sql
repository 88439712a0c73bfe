{#- A table among views: the models beside it read it, and each would parse every record again. -#}
{{ config(materialized='table') }}
{%- set fields = sipot_row_fields() %}
{%- set composed = [
    'institution_name', 'supplier_name', 'supplier_given_names', 'supplier_surname_1',
    'supplier_surname_2',
] %}

with published_records as (
    select * from {{ source('landed', 'sipot') }}
),

shapes as (
    select * from {{ source('landed_facts', 'shapes') }}
),

{{ sipot_reading_ctes(fields, 'sipot_row', keys=sipot_links()) }}

select
    slice_id,
    source_id,
    ordinal,
    -- The row that speaks for a duplicate: the first of equal content.
    coalesce(
        min(case when not is_duplicate then ordinal end) over (
            partition by slice_id, collection, record_sha256
        ),
        ordinal
    ) as original_ordinal,
    is_duplicate,
    layout,
    {%- for field in fields if field not in composed %}
    {{ field }},
    {%- endfor %}
    -- Who bought stands above the header, in the rows with the title of the sheet.
    coalesce(
        institution_name,
        {{ real_name(clean_text(json_text('package', '$."Nombre del Sujeto Obligado"'))) }}
    ) as institution_name,
    {{ sipot_name() }} as supplier_name,
    {{ sipot_pointers(first=fields | length + 1) }} as pointers,
    repairs,
    unreadable_columns,
    record,
    record_sha256,
    raw_sha256,
    page,
    position
from readings
