{#- A table among views: the export of every slice counts in it. -#}
{{ config(materialized='table', post_hook=["{{ keep_unchanged() }}"]) }}

{%- set row_models = [
    'stg_compranet__contracts',
    'stg_contract_sheets__contracts',
    'stg_sipot__contracts',
    'stg_sipot__orphans',
] -%}

with release_keys as (
    select * from {{ ref('release_keys') }}
),

tabular_rows as (
    {%- for model in row_models %}
    select
        slice_id,
        source_id,
        ordinal,
        raw_sha256,
        page,
        position,
        unusable_reason
    from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

pdn as (
    {%- for family in ['pdn_s1', 'pdn_v1', 'pdn_v2'] %}
    select * from {{ source('landed', family) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

pdn_read as (
    select * from {{ ref('pdn_records') }}
),

-- A record is unusable only when none of its releases can be used.
unusable as (
    select
        slice_id,
        source_id,
        ordinal,
        raw_sha256,
        page,
        position,
        min(unusable_reason) as reason_code
    from release_keys
    group by slice_id, source_id, ordinal, raw_sha256, page, position
    having count(*) = count(unusable_reason)
    union all
    select
        slice_id,
        source_id,
        ordinal,
        raw_sha256,
        page,
        position,
        unusable_reason as reason_code
    from tabular_rows
    where unusable_reason is not null
    union all
    select
        pdn.source_id || '@' || pdn.generation as slice_id,
        pdn.source_id,
        pdn.ordinal,
        pdn.raw_sha256,
        pdn.page,
        pdn.position,
        case
            when {{ json_is_object('pdn.record') }} then 'unknown_collection'
            else 'not_an_object'
        end as reason_code
    from pdn
    left join pdn_read
        on
            pdn.source_id || '@' || pdn.generation = pdn_read.slice_id
            and pdn.ordinal = pdn_read.ordinal
    where
        not pdn.is_duplicate
        and pdn_read.ordinal is null
)

select
    slice_id,
    source_id,
    ordinal,
    raw_sha256,
    page,
    position,
    reason_code,
    case reason_code
        when 'no_ocid' then 'El registro no trae identificador de contratación (ocid).'
        when 'no_release' then
            'El registro no contiene ninguna entrega (release) ni una entrega compilada.'
        when 'only_linked' then
            'El registro solo enlaza sus entregas (releases); no contiene ninguna.'
        when 'part_of_history' then
            'El registro repite entregas (releases) que ya están en otra parte de él.'
        when 'unknown_layout' then
            'El encabezado de la tabla no corresponde a ningún formato conocido de la fuente.'
        when 'no_procedure_number' then
            'La fila no trae número de procedimiento, de expediente ni de contrato.'
        when 'orphan_child' then
            'La fila de la tabla secundaria no corresponde a ninguna fila del formato.'
        when 'unknown_collection' then 'El registro viene de una colección que no se reconoce.'
        when 'not_an_object' then 'El registro no es un objeto JSON.'
    end as reason
from unusable
