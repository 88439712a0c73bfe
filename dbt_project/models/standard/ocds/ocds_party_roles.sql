with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

parties as (
    select
        slice_id,
        source_id,
        ocid,
        '/parties/' || (party.position - 1) as path,
        party.element as party
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.parties', 'party') }}
    where {{ json_is_object('party.element') }}
),

roles as (
    select
        slice_id,
        source_id,
        ocid,
        path || '/roles/' || (role.position - 1) as path,
        {{ json_text('party', '$.id') }} as party_id,
        {{ json_text('role.element', '$') }} as role
    from parties
    cross join {{ explode_json('party', '$.roles', 'role') }}
)

select
    slice_id,
    source_id,
    ocid,
    path,
    party_id,
    role
from roles
where role is not null
