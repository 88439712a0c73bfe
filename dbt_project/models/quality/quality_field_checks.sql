-- Processes in which the same members are there and the same are empty have the same form. There are few forms: the
-- fields are looked at once for each, and the counts of an institution's year are sums over the forms of its processes.
with fields as (
    select * from {{ ref('ocds_fields') }}
    where is_public
),

processes as (
    select
        entities.slice_id,
        entities.source_id,
        entities.agency_id,
        entities.agency,
        entities.period,
        entities.entity_id,
        shapes.objects,
        {{ without_positions('shapes.empty_fields') }} as empty_fields
    from {{ ref('quality_ocds_field_shapes') }} as shapes
    inner join {{ ref('quality_entities') }} as entities
        on
            shapes.slice_id = entities.slice_id
            and shapes.entity_key = entities.entity_key
            and entities.scope = 'ocds'
),

totals as (
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        objects,
        empty_fields,
        count(*) as process_count,
        min(entity_id) as example
    from processes
    group by all
),

forms as (
    select
        objects,
        empty_fields,
        row_number() over () as form
    from (select distinct objects, empty_fields from totals) as distinct_forms
),

counted as (
    select
        totals.slice_id,
        totals.source_id,
        totals.agency_id,
        totals.agency,
        totals.period,
        totals.process_count,
        totals.example,
        forms.form
    from totals
    inner join forms
        on totals.objects = forms.objects and totals.empty_fields = forms.empty_fields
),

periods as (
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        sum(process_count) as process_count
    from counted
    group by all
),

-- Objects of one kind with the same members are counted together, too.
form_objects as (
    select
        form,
        code,
        count(*) as object_count
    from (select form, {{ unnested('objects', 'code', 'position') }} from forms) as codes
    group by form, code
),

form_empty as (
    select
        form,
        path,
        count(*) as empty_count
    from (select form, {{ unnested('empty_fields', 'path', 'position') }} from forms) as paths
    group by form, path
),

form_places as (
    select
        form_objects.form,
        fields.path,
        sum(form_objects.object_count) as places,
        coalesce(
            sum(form_objects.object_count) filter (where (form_objects.code & fields.bit) <> 0), 0
        ) as present
    from form_objects
    inner join fields on (form_objects.code >> 32) = fields.object_number
    group by form_objects.form, fields.path
),

form_fields as (
    select
        form_places.*,
        form_places.present - coalesce(form_empty.empty_count, 0) as filled
    from form_places
    left join form_empty on form_places.form = form_empty.form and form_places.path = form_empty.path
),

sums as (
    select
        counted.slice_id,
        counted.source_id,
        counted.agency_id,
        counted.agency,
        counted.period,
        form_fields.path,
        sum(form_fields.places * counted.process_count) as places,
        sum(form_fields.present * counted.process_count) as present,
        sum(form_fields.filled * counted.process_count) as filled,
        coalesce(sum(counted.process_count) filter (where form_fields.filled = form_fields.places), 0) as passes,
        coalesce(sum(counted.process_count) filter (where form_fields.filled < form_fields.places), 0) as fails,
        {{ least_values('counted.example', 5, where='form_fields.filled < form_fields.places') }} as examples
    from counted
    inner join form_fields on counted.form = form_fields.form
    group by all
)

select
    sums.slice_id,
    sums.source_id,
    sums.path,
    sums.agency_id,
    sums.agency,
    sums.period,
    cast(sums.places as bigint) as places,
    cast(sums.present as bigint) as present,
    cast(sums.filled as bigint) as filled,
    cast(sums.passes as bigint) as "pass",
    cast(sums.fails as bigint) as "fail",
    cast(periods.process_count - sums.passes - sums.fails as bigint) as "na",
    case when sums.passes >= 9 * sums.fails then sums.examples end as missing_in
from sums
inner join periods
    on
        sums.slice_id = periods.slice_id
        and sums.agency_id is not distinct from periods.agency_id
        and sums.agency is not distinct from periods.agency
        and sums.period is not distinct from periods.period
