{#- Objects that stand below awards and contracts, or at several stages of a process (items,
    documents, milestones …), read in one way. -#}

{#- CTE over `compiled`: each object of the array `parents` ('awards', 'contracts') as slice_id,
    source_id, ocid, path (JSON pointer), parent (JSON). -#}
{% macro ocds_parents(parents) -%}
{{ parents }} as (
    select
        slice_id,
        source_id,
        ocid,
        '/{{ parents }}/' || (parent.position - 1) as path,
        parent.element as parent
    from compiled
    cross join {{ explode_json('compiled.compiled', '$.' ~ parents, 'parent') }}
)
{%- endmacro %}

{#- CTEs over `compiled`, the last of them `elements`: slice_id, source_id, ocid, stage, parent_id,
    path (JSON pointer), element (JSON). `own`: (stage, JSON path, pointer) of the arrays of the
    process itself; `of_parents`: (stage, 'awards' or 'contracts', JSON path in the parent, pointer
    in the parent). -#}
{% macro ocds_staged_elements(own, of_parents) -%}
{%- for parents in of_parents | map(attribute=1) | unique %}
{{ ocds_parents(parents) }},
{% endfor %}
elements as (
    {%- for stage, json_path, pointer in own %}
    select
        slice_id,
        source_id,
        ocid,
        '{{ stage }}' as stage,
        cast(null as varchar) as parent_id,
        '{{ pointer }}' || (found.position - 1) as path,
        found.element as element
    from compiled
    cross join {{ explode_json('compiled.compiled', json_path, 'found') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- for stage, parents, json_path, pointer in of_parents %}
    union all
    select
        slice_id,
        source_id,
        ocid,
        '{{ stage }}' as stage,
        {{ json_text('parent', '$.id') }} as parent_id,
        path || '{{ pointer }}' || (found.position - 1) as path,
        found.element as element
    from {{ parents }}
    cross join {{ explode_json('parent', json_path, 'found') }}
    {%- endfor %}
)
{%- endmacro %}
