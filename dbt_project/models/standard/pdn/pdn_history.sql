with versions as (
    select
        slice_id,
        source_id,
        system,
        dialect,
        collection,
        row,
        record_number,
        is_identified,
        record_id,
        record_sha256,
        valid_from,
        valid_to,
        last_seen,
        withdrawn_on
    from {{ source('public_view', 'pdn_versions') }}
),

ordered as (
    select
        *,
        lag(record_sha256) over (
            partition by slice_id, record_number order by row
        ) as previous_sha256,
        lag(valid_to) over (partition by slice_id, record_number order by row) as previous_valid_to,
        first_value(record_sha256) over (
            partition by slice_id, record_number
            order by row
            rows between unbounded preceding and unbounded following
        ) as first_sha256,
        min(valid_from) over (partition by slice_id, record_number) as first_seen
    from versions
),

-- A change that nobody may see is no version: one public content goes on.
numbered as (
    select
        *,
        sum(
            case
                when previous_sha256 = record_sha256 and previous_valid_to = valid_from then 0
                else 1
            end
        ) over (
            partition by slice_id, record_number
            order by row
            rows between unbounded preceding and current row
        ) as version
    from ordered
),

-- Of each version its last row, which tells how it ended.
periods as (
    select
        *,
        min(valid_from) over (partition by slice_id, record_number, version) as begins,
        row_number() over (
            partition by slice_id, record_number, version order by row desc
        ) as from_last
    from numbered
),

-- Without an id of its own that may be published, a record is named after its first public content.
-- Several may have the same: they are counted in the order they came, and none ever leaves the log.
named as (
    select
        *,
        case
            when not is_identified
                then dense_rank() over (
                    partition by slice_id, collection, is_identified, first_sha256
                    order by first_seen, record_number
                )
        end as occurrence
    from periods
    where from_last = 1
),

texts as (
    select
        slice_id,
        row,
        record
    from {{ source('public_view', 'pdn_versions') }}
    where record is not null
)

select
    named.slice_id,
    named.source_id,
    named.system,
    named.dialect,
    named.collection,
    case
        when named.is_identified then named.record_id
        when named.occurrence = 1 then named.first_sha256
        else named.first_sha256 || '-' || named.occurrence
    end as record_key,
    cast(named.version as integer) as version,
    named.record_id,
    named.record_sha256 as content_sha256,
    named.begins as valid_from,
    named.valid_to,
    named.first_seen,
    named.last_seen,
    named.valid_to is null as is_current,
    named.withdrawn_on,
    texts.record
from named
left join texts
    on
        named.slice_id = texts.slice_id
        and named.row = texts.row
