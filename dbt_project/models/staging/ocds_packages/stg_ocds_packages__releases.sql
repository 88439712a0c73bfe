{%- set names = {'published_ocid': '$.ocid', 'release_id': '$.id', 'release_date': '$.date'} -%}
-- DuckDB copies a common table expression that is read twice, here all texts.
with landed as not materialized (
    select * from {{ source('landed', 'ocds_packages') }}
),

sources as (
    select * from {{ source('landed_facts', 'sources') }}
),

published as (
    select
        source_id || '@' || generation as slice_id,
        source_id,
        ordinal,
        collection,
        record,
        package,
        raw_sha256,
        page,
        position,
        text_repairs
    from landed
    where not is_duplicate
),

records as (
    select
        *,
        {{ json_text('record', '$.ocid') }} as record_ocid,
        {{ json_has_members('record', '$.compiledRelease') }} as has_compiled,
        {{ json_has_members('record', '$.versionedRelease') }} as has_versioned
    from published
    where collection = 'records'
),

-- A record package holds each process with its releases: embedded, or linked ({url, date, tag}).
listed_releases as (
    select
        records.slice_id,
        records.ordinal,
        listed.position - 1 as release_index,
        cast(listed.element as varchar) as release,
        {{ json_is_object('listed.element') }} as is_object,
        {{ json_is_object('listed.element') }}
        and {{ json_text('listed.element', '$.url') }} is not null
        and {{ json_text('listed.element', '$.ocid') }} is null
        and {{ json_text('listed.element', '$.id') }} is null as is_linked,
        {{ json_text('listed.element', '$.date') }} is not null as is_dated,
        coalesce(
            list_contains(
                string_split({{ json_joined('listed.element', '$.tag[*]') }}, ','), 'compiled'
            ),
            {{ json_text('listed.element', '$.tag') }} = 'compiled',
            false
        ) as is_compiled
    from records
    cross join {{ explode_json('records.record', '$.releases', 'listed') }}
),

listings as (
    select
        slice_id,
        ordinal,
        count(*) as listed_count,
        count_if(is_object and not is_linked) as embedded_count,
        count_if(is_linked) as linked_count,
        count_if(is_object and not is_linked and not is_dated) as undated_count,
        max(release_index) filter (is_object and not is_linked and is_compiled) as compiled_index
    from listed_releases
    group by slice_id, ordinal
),

-- Embedded releases are the whole history when none is only linked and each says when it was made.
-- Otherwise what the publisher merged of all of them stands for the process, and where there is
-- nothing of the kind the embedded ones are what there is.
chosen as (
    select
        records.*,
        coalesce(listings.listed_count, 0) as listed_count,
        listings.compiled_index,
        case
            when
                listings.embedded_count > 0
                and listings.linked_count = 0
                and listings.undated_count = 0
                then 'releases'
            when records.has_compiled then 'compiledRelease'
            when listings.compiled_index is not null then 'compiled'
            when records.has_versioned then 'versionedRelease'
            when listings.embedded_count > 0 then 'releases'
        end as chosen_part
    from records
    left join listings
        on
            records.slice_id = listings.slice_id
            and records.ordinal = listings.ordinal
),

-- A record is about one process: a release in it that names no ocid takes the record's.
candidates as (
    -- Every entry of a record's releases has its row, whether it is used or not.
    select
        chosen.slice_id,
        chosen.source_id,
        chosen.ordinal,
        listed_releases.release_index,
        listed_releases.release,
        case
            when chosen.chosen_part = 'compiled' then 'compiled_in_record'
            else 'as_published'
        end as conversion,
        chosen.package,
        chosen.raw_sha256,
        chosen.page,
        chosen.position,
        chosen.record_ocid,
        chosen.text_repairs,
        '/releases/' || listed_releases.release_index as pointer,
        case
            when not listed_releases.is_object then 'not_an_object'
            when listed_releases.is_linked then 'only_linked'
            when
                chosen.chosen_part <> 'releases'
                and (
                    chosen.chosen_part <> 'compiled'
                    or listed_releases.release_index <> chosen.compiled_index
                )
                then 'part_of_history'
        end as passed_over
    from chosen
    inner join listed_releases
        on
            chosen.slice_id = listed_releases.slice_id
            and chosen.ordinal = listed_releases.ordinal
    union all
    select
        slice_id,
        source_id,
        ordinal,
        listed_count as release_index,
        case chosen_part
            when 'compiledRelease' then {{ json_node('record', '$.compiledRelease') }}
            when 'versionedRelease' then {{ json_node('record', '$.versionedRelease') }}
        end as release,
        case chosen_part
            when 'compiledRelease' then 'compiled_in_record'
            when 'versionedRelease' then 'versioned_in_record'
        end as conversion,
        package,
        raw_sha256,
        page,
        position,
        record_ocid,
        text_repairs,
        '/' || chosen_part as pointer,
        case when chosen_part is null then 'no_release' end as passed_over
    from chosen
    where
        chosen_part in ('compiledRelease', 'versionedRelease')
        or (chosen_part is null and listed_count = 0)
),

named_in_records as (
    select
        * exclude (texts),
        {{ json_columns('texts', names) }}
    from (
        select *, {{ json_texts('release', names) }} as texts
        from candidates
    ) as read_in_records
),

from_records as (
    select
        * exclude (record_ocid)
        replace (
            coalesce(
                published_ocid,
                record_ocid,
                max(published_ocid) over (partition by slice_id, ordinal)
            ) as published_ocid
        )
    from named_in_records
),

-- Most releases stand alone: no window over their texts, which would hold them all in memory.
standing_alone as (
    select
        slice_id,
        source_id,
        ordinal,
        0 as release_index,
        record as release,
        'as_published' as conversion,
        package,
        raw_sha256,
        page,
        position,
        text_repairs,
        '' as pointer,
        case when not {{ is_object_text('record') }} then 'no_release' end as passed_over,
        {{ json_columns('texts', names) }}
    from (
        select *, {{ json_texts('record', names) }} as texts
        from published
        where collection <> 'records'
    ) as read_alone
),

identified as (
    select * from standing_alone
    union all by name
    select * from from_records
),

prefixed as (
    select
        identified.*,
        coalesce(sources.ocid_prefix, 'tequio-' || identified.source_id) as own_prefix,
        {{ has_ocid_prefix('trim(identified.published_ocid)', 'own_prefix') }} as has_prefix
    from identified
    left join sources on identified.source_id = sources.source_id
),

named as (
    select
        *,
        case when not has_prefix then own_prefix || '-' else '' end
        || nullif(trim(published_ocid), '') as ocid
    from prefixed
)

select
    slice_id,
    source_id,
    ordinal,
    cast(release_index as integer) as release_index,
    ocid,
    case
        when passed_over is null and conversion <> 'versioned_in_record'
            then release_id
    end as release_id,
    case
        when passed_over is null and conversion <> 'versioned_in_record'
            then release_date
    end as release_date,
    case when passed_over is null then release end as release,
    case when passed_over is null then conversion end as conversion,
    package,
    raw_sha256,
    page,
    position,
    '[' || nullif(
        concat_ws(
            ',',
            case when passed_over is null then {{ repairs_under('text_repairs', 'pointer') }} end,
            case
                when passed_over is null and ocid <> published_ocid
                    then {{ json_object_of({
                        'kind': json_string(
                            "case when has_prefix then 'blanks' else 'ocid_prefix' end"
                        ),
                        'path': "'\"/ocid\"'",
                        'original': json_string('published_ocid'),
                        'repaired': json_string('ocid'),
                    }) }}
            end
        ),
        ''
    ) || ']' as repairs,
    coalesce(passed_over, case when ocid is null then 'no_ocid' end) as unusable_reason
from named
