{#- Objects of the shape of a release, and what holds them. -#}
{%- set objects = [] -%}
{%- do ocds_objects(ocds_release_shape(), objects) -%}
{%- set containers = [] -%}
{%- for object in objects -%}
    {%- do containers.append(object.pointer) -%}
    {%- if object.pointer.endswith('[]') -%}
        {%- do containers.append(object.pointer[:-2]) -%}
    {%- endif -%}
{%- endfor -%}
-- depends_on: {{ ref('int_ocds_sections') }}
-- After the sections, not beside them: each of both fills the memory.
with compiled as (
    select
        slice_id,
        source_id,
        ocid,
        compiled
    from {{ source('rebuilt', 'ocds_compiled') }}
),

-- Most processes of a source have one of few forms, and a form tells all names in it.
forms as (
    select
        form,
        {{ list_of_structs({
            'slice_id': 'slice_id', 'source_id': 'source_id', 'ocid': 'ocid'
        }) }} as processes
    from (
        select
            slice_id,
            source_id,
            ocid,
            {{ json_form('compiled') }} as form
        from compiled
    ) as formed
    group by form
),

objects (number, pointer, row_pointer, own, names) as (
    values
    {%- for object in objects %}
    (
        {{ loop.index0 }},
        '{{ object.pointer }}',
        '{{ object.row }}',
        '{{ object.own }}',
        {{ text_list(object.names) }}
    )
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
),

containers (number, pointer) as (
    values
    {%- for pointer in containers %}
    ({{ loop.index0 }}, '{{ pointer }}')
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
),

form_names as (
    select
        form,
        {{ unnested(
            json_names('form', text_list(ocds_form_paths(objects | map(attribute='pointer')))),
            'found_names',
            'number',
        ) }}
    from forms
),

form_texts as (
    select
        form,
        {{ unnested(
            json_texts_at('form', text_list(ocds_form_paths(containers))), 'found_text', 'number'
        ) }}
    from forms
),

-- Where forms differ within a process, or an object is empty, the form tells nothing of what is
-- inside: there every name of the text is looked for.
formless as (
    select distinct
        form_texts.form,
        objects.pointer
    from form_texts
    inner join containers on form_texts.number = containers.number
    inner join objects
        on
            containers.pointer = objects.pointer
            or starts_with(objects.pointer, containers.pointer || '/')
            or starts_with(objects.pointer, containers.pointer || '[]')
    where form_texts.found_text = 'JSON'
),

processes as (
    select
        form,
        {{ unnested('processes', 'process', 'position') }}
    from forms
),

unknown_names as (
    select
        form_names.form,
        objects.row_pointer,
        objects.own,
        {{ unnested(
            names_without('form_names.found_names', 'objects.names'), 'name', 'position'
        ) }}
    from form_names
    inner join objects on form_names.number = objects.number
    union all
    select
        form,
        row_pointer,
        own,
        {{ unnested(names_without('found_names', 'names'), 'name', 'position') }}
    from (
        select
            formless.form,
            objects.row_pointer,
            objects.own,
            objects.names,
            {{ json_all_names('compiled.compiled') }} as found_names
        from formless
        inner join objects on formless.pointer = objects.pointer
        inner join processes on formless.form = processes.form
        inner join compiled
            on
                processes.process.slice_id = compiled.slice_id
                and processes.process.ocid = compiled.ocid
    ) as asked
),

-- Which members to look for in the rows of each kind, and how many lists these stand in.
searches as (
    select
        form,
        row_pointer,
        (length(row_pointer) - length(replace(row_pointer, '[]', ''))) // 2 as lists,
        {{ distinct_list("substr(own || '/' || " ~ pointer_step('name') ~ ", 2)") }} as members
    from unknown_names
    group by form, row_pointer
)

select
    processes.process.slice_id,
    processes.process.source_id,
    processes.process.ocid,
    searches.row_pointer,
    searches.lists,
    searches.members
from searches
inner join processes on searches.form = processes.form
