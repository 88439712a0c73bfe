{%- set pdn_tables = {
    's1': ('pdn_s1_declaraciones', 'institucion', 'null', 'actualizacion'),
    's2': ('pdn_s2', 'institucion_nombre', 'institucion_clave', 'fecha_captura'),
    's3s': ('pdn_s3_servidores', 'institucion_nombre', 'institucion_clave', 'fecha_captura'),
    's3p': ('pdn_s3_particulares', 'institucion_nombre', 'institucion_clave', 'fecha_captura'),
} -%}
{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- What the rules speak of: contracting processes, records of the PDN and each source as a whole, with the institution
-- that answers for it and its year.
with generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

sources as (
    select * from {{ source('landed_facts', 'sources') }}
),

processes as (
    select
        changed.*,
        {{ json_text('compiled.positions', '$[0].raw_sha256') }} as raw_sha256,
        {{ try_integer(json_text('compiled.positions', '$[0].page')) }} as page,
        {{ json_text('compiled.positions', '$[0].position') }} as position
    from {{ changed('ocds_processes') }} as changed
    inner join {{ source('rebuilt', 'ocds_compiled') }} as compiled
        on changed.slice_id = compiled.slice_id and changed.ocid = compiled.ocid
),

records as (
    select
        slice_id,
        source_id,
        system,
        record_id,
        ordinal,
        raw_sha256,
        page,
        position
    from {{ source('public_view', 'pdn_records') }}
),

institutions as (
    {%- for system, (model, name, code, happened) in pdn_tables.items() %}
    select
        slice_id,
        '{{ system }}' as system,
        ordinal,
        cast({{ code }} as varchar) as agency_id,
        cast({{ name }} as varchar) as agency,
        cast(extract(year from {{ happened }}) as integer) as period
    from {{ ref(model) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    slice_id,
    source_id,
    'ocds' as scope,
    'ocid' as entity_type,
    ocid as entity_key,
    ocid as entity_id,
    coalesce(buyer_id, procuring_entity_id) as agency_id,
    coalesce(buyer_name, procuring_entity_name) as agency,
    cast(year as integer) as period,
    raw_sha256,
    cast(page as integer) as page,
    position
from processes
union all
select
    records.slice_id,
    records.source_id,
    left(records.system, 2) as scope,
    'record' as entity_type,
    cast(records.ordinal as varchar) as entity_key,
    records.record_id as entity_id,
    institutions.agency_id,
    institutions.agency,
    institutions.period,
    records.raw_sha256,
    cast(records.page as integer) as page,
    records.position
from records
left join institutions
    on
        records.slice_id = institutions.slice_id
        and records.system = institutions.system
        and records.ordinal = institutions.ordinal
union all
select
    generations.slice_id,
    generations.source_id,
    case when sources.system = 's6-ocds' then 'ocds-source' else 'pdn-source' end as scope,
    'source' as entity_type,
    generations.source_id as entity_key,
    generations.source_id as entity_id,
    null as agency_id,
    null as agency,
    null as period,
    null as raw_sha256,
    null as page,
    null as position
from generations
inner join sources on generations.source_id = sources.source_id
