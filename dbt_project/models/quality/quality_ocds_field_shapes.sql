{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Each text is parsed once here, by the release schema; counts only take apart what was found. The few texts that may
-- hold something empty are parsed once more: looking for it everywhere would take as long as all the rest.
-- DuckDB copies a common table expression that is read twice, here all texts.
with compiled as not materialized (
    select * from {{ source('rebuilt', 'ocds_compiled') }}
),

entities as (
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        entity_key
    from {{ changed('quality_entities') }}
    where scope = 'ocds'
),

objects as (
    select
        slice_id,
        ocid,
        damaged_accents,
        {{ field_objects('release') }} as objects
    from (
        select
            slice_id,
            ocid,
            {{ damaged_accents('compiled') }} as damaged_accents,
            {{ json_typed('compiled', ocds_schema_shape()) }} as release
        from compiled
    ) as typed
),

-- The names of all members that hold nothing, whether the schema knows them or not; then where those stand that it
-- knows.
empty_names as (
    select
        slice_id,
        ocid,
        compiled,
        {{ json_empty_members('compiled') }} as empty_names
    from compiled
    where {{ json_may_hold_empty('compiled') }}
),

empty_fields as (
    select
        slice_id,
        ocid,
        empty_names,
        {{ empty_field_places('compiled', 'release', 'empty_names') }} as empty_fields
    from (
        select
            slice_id,
            ocid,
            compiled,
            empty_names,
            {{ json_typed('compiled', ocds_schema_shape()) }} as release
        from empty_names
        where {{ list_length('empty_names') }} > 0
    ) as typed
)

select
    objects.slice_id,
    entities.source_id,
    entities.agency_id,
    entities.agency,
    entities.period,
    objects.ocid as entity_key,
    objects.objects,
    coalesce(empty_fields.empty_names, {{ list_of([]) }}) as empty_names,
    coalesce(empty_fields.empty_fields, {{ list_of([]) }}) as empty_fields,
    objects.damaged_accents
from objects
inner join entities
    on objects.slice_id = entities.slice_id and objects.ocid = entities.entity_key
left join empty_fields
    on objects.slice_id = empty_fields.slice_id and objects.ocid = empty_fields.ocid
