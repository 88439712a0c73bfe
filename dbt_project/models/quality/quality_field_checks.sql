-- Processes in which the same members are there and the same are empty have the same form. There are few forms: the
-- fields are looked at once for each, and the counts of an institution's year are sums over the forms of its processes.
-- Numbers stand for fields and for institutions' years where rows are grouped: texts would take twice as long.
with fields as (
    select
        *,
        dense_rank() over (order by path) as field_number
    from {{ ref('ocds_fields') }}
    where is_public
),

paths as (
    select distinct
        field_number,
        path
    from fields
),

processes as (
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        entity_key,
        objects,
        {{ without_positions('empty_fields') }} as empty_fields
    from {{ ref('quality_ocds_field_shapes') }}
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
        min(entity_key) as example
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

periods as (
    select
        slice_id,
        source_id,
        agency_id,
        agency,
        period,
        sum(process_count) as process_count,
        row_number() over () as number
    from totals
    group by slice_id, source_id, agency_id, agency, period
),

counted as (
    select
        periods.number as period_number,
        totals.process_count,
        totals.example,
        forms.form
    from totals
    inner join forms
        on totals.objects = forms.objects and totals.empty_fields = forms.empty_fields
    inner join periods
        on
            totals.slice_id = periods.slice_id
            and totals.agency_id is not distinct from periods.agency_id
            and totals.agency is not distinct from periods.agency
            and totals.period is not distinct from periods.period
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
        empty.form,
        paths.field_number,
        count(*) as empty_count
    from (select form, {{ unnested('empty_fields', 'path', 'position') }} from forms) as empty
    inner join paths on empty.path = paths.path
    group by empty.form, paths.field_number
),

form_places as (
    select
        form_objects.form,
        fields.field_number,
        sum(form_objects.object_count) as places,
        coalesce(
            sum(form_objects.object_count) filter (where (form_objects.code & fields.bit) <> 0), 0
        ) as present
    from form_objects
    inner join fields on (form_objects.code >> 32) = fields.object_number
    group by form_objects.form, fields.field_number
),

form_fields as (
    select
        form_places.*,
        form_places.present - coalesce(form_empty.empty_count, 0) as filled
    from form_places
    left join form_empty on form_places.form = form_empty.form and form_places.field_number = form_empty.field_number
),

sums as (
    select
        counted.period_number,
        form_fields.field_number,
        sum(form_fields.places * counted.process_count) as places,
        sum(form_fields.present * counted.process_count) as present,
        sum(form_fields.filled * counted.process_count) as filled,
        coalesce(sum(counted.process_count) filter (where form_fields.filled = form_fields.places), 0) as passes,
        coalesce(sum(counted.process_count) filter (where form_fields.filled < form_fields.places), 0) as fails,
        {{ least_values('counted.example', 5, where='form_fields.filled < form_fields.places') }} as examples
    from counted
    inner join form_fields on counted.form = form_fields.form
    group by counted.period_number, form_fields.field_number
)

select
    periods.slice_id,
    periods.source_id,
    paths.path,
    periods.agency_id,
    periods.agency,
    periods.period,
    cast(sums.places as bigint) as places,
    cast(sums.present as bigint) as present,
    cast(sums.filled as bigint) as filled,
    cast(sums.passes as bigint) as "pass",
    cast(sums.fails as bigint) as "fail",
    cast(periods.process_count - sums.passes - sums.fails as bigint) as "na",
    case when sums.passes >= 9 * sums.fails then sums.examples end as missing_in
from sums
inner join periods on sums.period_number = periods.number
inner join paths on sums.field_number = paths.field_number
