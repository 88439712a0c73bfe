{#- The relational form of compiled releases: how objects become rows with their place. Which
    members are read is data (`ocds_shapes` in dbt_project.yml); what stands outside of these isn't
    lost: it is told in `additional_fields` of the row it belongs to
    (pipelines/standards/additional_fields.py). Columns and their meaning stand in
    models/standard/ocds, engine access in engine.sql. -#}

{#- The shape of a whole release. -#}
{% macro ocds_release_shape() -%}
    {{ return(var('ocds_shapes').release) }}
{%- endmacro %}

{#- Shape of the member at a dotted path of a shape; lists are stepped into. -#}
{% macro ocds_shape_at(shape, dotted) -%}
    {%- set found = namespace(shape=shape) -%}
    {%- for step in dotted.replace('[]', '').split('.') -%}
        {%- set found.shape = found.shape[step] -%}
        {%- set is_one = found.shape is mapping or found.shape is string -%}
        {%- set found.shape = found.shape if is_one else found.shape[0] -%}
    {%- endfor -%}
    {{ return(found.shape) }}
{%- endmacro %}

{#- Query: the objects at `places` of int_ocds_sections as slice_id, source_id, ocid, stage, path
    (JSON pointer), parent_id, holder_id, element (struct) and the columns of `with_columns`. A
    place is (stage, dotted path): each [] of the path steps into a list, `contracts[].items[]`.
    parent_id is the id of the outermost object of a list above the element (an award's, a
    contract's, a request's for quotes), holder_id that of the innermost one. -#}
{% macro ocds_elements(places, with_columns=[]) -%}
    {%- for stage, dotted in places %}
    {%- set hops = dotted.split('[]') -%}
    {%- set is_list = hops[-1] == '' -%}
    {%- set lists = (hops | length) - 1 %}
    select
        slice_id,
        source_id,
        ocid,
        {%- for column in with_columns %}
        {{ column }},
        {%- endfor %}
        '{{ stage }}' as stage,
        {%- set pointer = namespace(text='') %}
        {%- for hop in hops %}
            {%- set pointer.text = pointer.text ~ hop.replace('.', '/') %}
            {%- if not loop.last %}
                {%- set pointer.text = pointer.text ~ "/' || position_" ~ loop.index %}
                {%- if not (loop.last or (loop.index == lists and is_list)) %}
                    {%- set pointer.text = pointer.text ~ " || '" %}
                {%- endif %}
            {%- endif %}
        {%- endfor %}
        '/{{ pointer.text }}{{ '' if is_list else "'" }} as path,
        {%- set above = lists - 1 if is_list else lists %}
        {{ filled('element_1.id') if above > 0 else 'cast(null as varchar)' }} as parent_id,
        {{ filled('element_' ~ above ~ '.id') if above > 0 else 'cast(null as varchar)' }}
            as holder_id,
        {%- set last = 'element_' ~ lists if lists else '' %}
        {{ last if is_list else last ~ hops[-1] }} as element
    from
        {%- for hop in hops[:-1] | reverse %}
        (
        select
            *,
            {{ unnested(
                hop if loop.last else 'element_' ~ (loop.revindex - 1) ~ hop,
                'element_' ~ loop.revindex,
                'position_' ~ loop.revindex
            ) }}
        from
        {%- endfor %}
        {{ ref('int_ocds_sections') }}
        {%- for hop in hops[:-1] %}
        ) as level_{{ loop.index }}
        {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- Join and condition that end the query of a table of ocds_elements: `additional_fields` of each
    row, and no row for an object that says nothing ({}, or what is no object). `places` are those
    of the elements. -#}
{% macro with_additional_fields(relation, places) -%}
    {%- set objects = [] -%}
    {%- for stage, dotted in places -%}
        {%- do objects.append('/' ~ dotted.replace('[]', '').replace('.', '/')) -%}
    {%- endfor -%}
left join {{ source('rebuilt', 'additional_fields') }} as additional
    on
        {{ relation }}.slice_id = additional.slice_id
        and {{ relation }}.ocid = additional.ocid
        and {{ relation }}.path = additional.path
        and additional.object in ('{{ objects | join("', '") }}')
where
    {{ relation }}.element is not null
    and (
        {{ relation }}.element is distinct from
        {{ json_typed("'{}'", ocds_shape_at(ocds_release_shape(), places[0][1])) }}
        or additional.additional_fields is not null
    )
{%- endmacro %}
