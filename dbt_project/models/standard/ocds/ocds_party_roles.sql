with roles as (
    {{ ocds_elements([('party', 'parties[].roles[]')]) }}
)

select
    slice_id,
    source_id,
    ocid,
    path,
    parent_id as party_id,
    {{ filled('element') }} as role
from roles
where {{ filled('element') }} is not null
