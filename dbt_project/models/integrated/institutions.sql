with spellings as (
    select * from {{ ref('institution_names') }}
    where institution_id is not null
),

name_counts as (
    select
        institution_id,
        trim(name) as name,
        sum(record_count) as record_count,
        bool_or(rule = 'same_name') as is_preferred
    from spellings
    where {{ real_name('name') }} is not null
    group by institution_id, trim(name)
),

preferred_names as (
    {{ latest_by(
        'name_counts', ['institution_id'], ['is_preferred desc', 'record_count desc', 'name']
    ) }}
),

names as (
    select
        institution_id,
        cast(count(*) as integer) as name_count,
        {{ nest_ordered(json_string('name'), ['name']) }} as names
    from name_counts
    group by institution_id
),

acronym_counts as (
    select
        institution_id,
        {{ real_name('acronym') }} as acronym,
        sum(record_count) as record_count
    from spellings
    where {{ real_name('acronym') }} is not null
    group by institution_id, {{ real_name('acronym') }}
),

preferred_acronyms as (
    {{ latest_by('acronym_counts', ['institution_id'], ['record_count desc', 'acronym']) }}
),

counted as (
    select
        institution_id,
        min(territory) as entity,
        string_agg(distinct system, ',' order by system) as systems,
        cast(count(distinct source_id) as integer) as source_count,
        string_agg(distinct source_id, ',' order by source_id) as source_ids,
        {%- for system in ('s1', 's2', 's3', 's6') %}
        cast(coalesce(sum(record_count) filter (system = '{{ system }}'), 0) as bigint)
            as {{ system }}_record_count,
        {%- endfor %}
        bool_or(is_listed) as is_listed,
        string_agg(distinct rule, ',' order by rule) as resolved_by,
        min(first_seen) as first_seen,
        max(last_seen) as last_seen
    from spellings
    group by institution_id
)

select
    counted.institution_id,
    preferred_names.name,
    preferred_acronyms.acronym,
    counted.entity,
    counted.systems,
    counted.source_ids,
    counted.source_count,
    names.names,
    names.name_count,
    counted.s1_record_count,
    counted.s2_record_count,
    counted.s3_record_count,
    counted.s6_record_count,
    counted.is_listed,
    counted.resolved_by,
    counted.first_seen,
    counted.last_seen
from counted
left join preferred_names on counted.institution_id = preferred_names.institution_id
left join preferred_acronyms on counted.institution_id = preferred_acronyms.institution_id
left join names on counted.institution_id = names.institution_id
