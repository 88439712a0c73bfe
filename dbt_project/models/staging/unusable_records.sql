{#- A table among views: the export of every slice counts in it. -#}
{{ config(materialized='table') }}

with ocds_packages as (
    select * from {{ ref('stg_ocds_packages__releases') }}
),

comprasmx as (
    select * from {{ ref('stg_comprasmx__contracts') }}
),

pdn_v1 as (
    select * from {{ source('landed', 'pdn_v1') }}
),

pdn_v1_read as (
    select * from {{ ref('stg_pdn_v1__records') }}
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
    from ocds_packages
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
    from comprasmx
    where unusable_reason is not null
    union all
    select
        pdn_v1.source_id || '@' || pdn_v1.generation as slice_id,
        pdn_v1.source_id,
        pdn_v1.ordinal,
        pdn_v1.raw_sha256,
        pdn_v1.page,
        pdn_v1.position,
        case
            when {{ json_is_object('pdn_v1.record') }} then 'unknown_collection'
            else 'not_an_object'
        end as reason_code
    from pdn_v1
    left join pdn_v1_read
        on
            pdn_v1.source_id || '@' || pdn_v1.generation = pdn_v1_read.slice_id
            and pdn_v1.ordinal = pdn_v1_read.ordinal
    where
        not pdn_v1.is_duplicate
        and pdn_v1_read.ordinal is null
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
        when 'unknown_layout' then
            'La fila no tiene las columnas del formato de contratos ComprasMX 2026.'
        when 'no_procedure_number' then 'La fila no trae número de procedimiento.'
        when 'unknown_collection' then 'El registro viene de una colección que no se reconoce.'
        when 'not_an_object' then 'El registro no es un objeto JSON.'
    end as reason
from unusable
