{#- A table among views: whoever only counts releases would read every text again. -#}
{{ config(materialized='table') }}

select
    slice_id,
    source_id,
    ordinal,
    release_index,
    raw_sha256,
    page,
    position,
    unusable_reason
from {{ ref('stg_ocds_packages__releases') }}
union all by name
select
    slice_id,
    source_id,
    ordinal,
    release_index
from {{ ref('stg_contracts__releases') }}
