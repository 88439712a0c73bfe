with landed as (
    select * from {{ source('landed', 'pdn_v1') }}
)

select
    source_id || '@' || generation as slice_id,
    source_id,
    case collection
        when 'spic' then 's2'
        when 'ssancionados' then 's3s'
        when 'psancionados' then 's3p'
    end as system,
    coalesce(
        {{ json_text('record', '$.id') }},
        {{ json_text('record', '$._id."$oid"') }},
        {{ json_text('record', '$._id') }},
        record_sha256
    ) as record_id,
    record,
    ordinal,
    raw_sha256,
    page,
    position
from landed
where
    not is_duplicate
    and {{ json_is_object('record') }}
    and collection in ('spic', 'ssancionados', 'psancionados')
