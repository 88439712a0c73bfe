with published as (
    select * from {{ ref('stg_ocds_packages__releases') }}
),

converted as (
    select * from {{ ref('stg_contracts__releases') }}
),

as_published as (
    select
        slice_id,
        source_id,
        ocid,
        release_id,
        release_date,
        release,
        package,
        '[' || {{ json_object_of({
            'raw_sha256': json_string('raw_sha256'),
            'page': 'cast(page as varchar)',
            'position': json_string('position'),
            'ordinal': 'cast(ordinal as varchar)',
        }) }} || ']' as positions,
        1 as record_count,
        ordinal,
        conversion,
        release_index,
        repairs
    from published
    where unusable_reason is null
)

select * from as_published
union all by name
select * from converted
