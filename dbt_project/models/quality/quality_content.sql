-- How far the content of each slice reaches. Dates after the fetch are mistakes (OCDS-D02, PDN-D01) and would
-- make a stale source look fresh, so they don't count.
with generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

dated as (
    select
        slice_id,
        source_id,
        ocid as entity_key,
        compiled_date as happened
    from {{ ref('ocds_processes') }}
    union all
    {%- for model in ['pdn_s2', 'pdn_s3_servidores', 'pdn_s3_particulares'] %}
    select
        slice_id,
        source_id,
        cast(ordinal as varchar) as entity_key,
        fecha_captura as happened
    from {{ ref(model) }}
    union all
    {%- endfor %}
    select
        slice_id,
        source_id,
        cast(ordinal as varchar) as entity_key,
        actualizacion as happened
    from {{ ref('pdn_s1_declaraciones') }}
),

plausible as (
    select
        dated.slice_id,
        dated.source_id,
        dated.entity_key,
        case
            when
                dated.happened >= timestamp '1990-01-01'
                and dated.happened <= generations.fetched_at + interval 14 hour
                then {{ civil_day('dated.happened') }}
        end as happened_on
    from dated
    inner join generations on dated.slice_id = generations.slice_id
)

select
    slice_id,
    source_id,
    min(happened_on) as content_from,
    max(happened_on) as content_until,
    count(*) as entities
from plausible
group by slice_id, source_id
