with landed as (
    select * from {{ source('landed', 'ocds_packages') }}
),

records as (
    select
        source_id || '@' || generation as slice_id,
        source_id,
        ordinal,
        collection,
        record,
        package,
        raw_sha256,
        page,
        position
    from landed
    where not is_duplicate
),

-- A record package holds each process with its releases: embedded, or linked ({url, date, tag}).
listed_releases as (
    select
        records.slice_id,
        records.ordinal,
        listed.position - 1 as release_index,
        cast(listed.element as varchar) as release,
        {{ json_text('listed.element', '$.url') }} is not null
        and {{ json_text('listed.element', '$.ocid') }} is null
        and {{ json_text('listed.element', '$.id') }} is null as is_linked,
        {{ json_is_object('records.record', '$.compiledRelease') }} as has_compiled_release
    from records
    cross join {{ explode_json('records.record', '$.releases', 'listed') }}
    where
        records.collection = 'records'
        and {{ json_is_object('listed.element') }}
),

-- With a linked release the embedded ones are not the whole history, the compiled release is.
embedded_releases as (
    select
        slice_id,
        ordinal,
        release_index,
        release
    from listed_releases
    qualify
        not is_linked
        and not (
            has_compiled_release
            and bool_or(is_linked) over (partition by slice_id, ordinal)
        )
),

compiled_releases as (
    select
        records.slice_id,
        records.ordinal,
        0 as release_index,
        {{ json_node('records.record', '$.compiledRelease') }} as release
    from records
    left join embedded_releases
        on
            records.slice_id = embedded_releases.slice_id
            and records.ordinal = embedded_releases.ordinal
    where
        records.collection = 'records'
        and embedded_releases.ordinal is null
        and {{ json_is_object('records.record', '$.compiledRelease') }}
),

releases_of_records as (
    select
        *,
        'as_published' as conversion
    from embedded_releases
    union all
    select
        *,
        'compiled_in_record' as conversion
    from compiled_releases
),

candidates as (
    select
        slice_id,
        source_id,
        ordinal,
        0 as release_index,
        case when {{ json_is_object('record') }} then record end as release,
        'as_published' as conversion,
        package,
        raw_sha256,
        page,
        position,
        cast(null as varchar) as record_ocid
    from records
    where collection <> 'records'
    union all
    select
        records.slice_id,
        records.source_id,
        records.ordinal,
        coalesce(releases_of_records.release_index, 0) as release_index,
        releases_of_records.release,
        releases_of_records.conversion,
        records.package,
        records.raw_sha256,
        records.page,
        records.position,
        {{ json_text('records.record', '$.ocid') }} as record_ocid
    from records
    left join releases_of_records
        on
            records.slice_id = releases_of_records.slice_id
            and records.ordinal = releases_of_records.ordinal
    where records.collection = 'records'
),

-- A record is about one process: a release in it that names no ocid takes the record's.
identified as (
    select
        *,
        coalesce(
            {{ json_text('release', '$.ocid') }},
            record_ocid,
            max({{ json_text('release', '$.ocid') }}) over (partition by slice_id, ordinal)
        ) as ocid
    from candidates
)

select
    slice_id,
    source_id,
    ordinal,
    cast(release_index as integer) as release_index,
    nullif(trim(ocid), '') as ocid,
    {{ json_text('release', '$.id') }} as release_id,
    {{ json_text('release', '$.date') }} as release_date,
    release,
    conversion,
    package,
    raw_sha256,
    page,
    position,
    case
        when release is null then 'no_release'
        when nullif(trim(ocid), '') is null then 'no_ocid'
    end as unusable_reason
from identified
