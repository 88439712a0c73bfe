{#- Everything that only DuckDB understands: JSON access, exploding, ordered nesting, latest-by,
    hashes. Each macro is dispatched, so that another engine needs its own `<adapter>__` versions
    of this file and nothing else. What a value means (dates, money, RFC) is in values.sql. -#}

{#- Text of the value at a JSON path, as published; null where it is missing, null or blank.
    Objects and arrays come back as their JSON text. Numbers pass through a double: exact up to 15
    digits. -#}
{% macro json_text(json, path) -%}
    {{ return(adapter.dispatch('json_text')(json, path)) }}
{%- endmacro %}
{% macro default__json_text(json, path) -%}
    nullif(regexp_replace(json_extract_string({{ json }}, '{{ path }}'), '^\s+$', ''), '')
{%- endmacro %}

{#- JSON text of the value at a path; null where it is missing or a JSON null. -#}
{% macro json_node(json, path) -%}
    {{ return(adapter.dispatch('json_node')(json, path)) }}
{%- endmacro %}
{% macro default__json_node(json, path) -%}
    nullif(cast(json_extract({{ json }}, '{{ path }}') as varchar), 'null')
{%- endmacro %}

{#- True where the value at a path is an object ('$' is the value itself). -#}
{% macro json_is_object(json, path='$') -%}
    {{ return(adapter.dispatch('json_is_object')(json, path)) }}
{%- endmacro %}
{% macro default__json_is_object(json, path) -%}
    coalesce(json_type({{ json }}, '{{ path }}') = 'OBJECT', false)
{%- endmacro %}

{#- Lateral table function: one row for each element of the array at a path, as <alias>(element,
    position), position from 1. What isn't an array yields no rows; the build goes on, quality
    counts it. `path` is an object member such as $.awards. -#}
{% macro explode_json(json, path, alias) -%}
    {{ return(adapter.dispatch('explode_json')(json, path, alias)) }}
{%- endmacro %}
{% macro default__explode_json(json, path, alias) -%}
    unnest(json_extract({{ json }}, '{{ path }}[*]'))
        with ordinality as {{ alias }} (element, position)
{%- endmacro %}

{#- Aggregate: JSON array text of JSON texts in a stated, total order; null for no rows. -#}
{% macro nest_ordered(json, order_by) -%}
    {{ return(adapter.dispatch('nest_ordered')(json, order_by)) }}
{%- endmacro %}
{% macro default__nest_ordered(json, order_by) -%}
    '[' || nullif(
        string_agg({{ json }}, ',' order by {{ order_by | join(', ') }})
            filter ({{ json }} is not null),
        ''
    ) || ']'
{%- endmacro %}

{#- JSON object text from a mapping key -> SQL expression of JSON text. Members that are null are
    left out; an object without members is null. Text is composed, not serialized, so that a
    DECIMAL keeps every digit. -#}
{% macro json_object_of(members) -%}
    {{ return(adapter.dispatch('json_object_of')(members)) }}
{%- endmacro %}
{% macro default__json_object_of(members) -%}
    '{' || nullif(
        concat_ws(
            ','
            {%- for key, expression in members.items() %},
            '"{{ key }}":' || {{ expression }}
            {%- endfor %}
        ),
        ''
    ) || '}'
{%- endmacro %}

{#- JSON string text of an SQL string (quoted, escaped); null for null. -#}
{% macro json_string(expression) -%}
    {{ return(adapter.dispatch('json_string')(expression)) }}
{%- endmacro %}
{% macro default__json_string(expression) -%}
    cast(to_json(cast({{ expression }} as varchar)) as varchar)
{%- endmacro %}

{#- Query: the rows of a relation or CTE that come first by `order_by` within `partition_by`. -#}
{% macro latest_by(relation, partition_by, order_by) -%}
    {{ return(adapter.dispatch('latest_by')(relation, partition_by, order_by)) }}
{%- endmacro %}
{% macro default__latest_by(relation, partition_by, order_by) -%}
    select *
    from {{ relation }}
    qualify row_number() over (
        partition by {{ partition_by | join(', ') }} order by {{ order_by | join(', ') }}
    ) = 1
{%- endmacro %}

{#- Aggregate: the value that all rows with one agree on; null where they don't. -#}
{% macro only_value(expression) -%}
    case when min({{ expression }}) = max({{ expression }}) then min({{ expression }}) end
{%- endmacro %}

{#- First eight hexadecimal digits of a digest of the expressions, for ids. Never pass an RFC or
    CURP: the rest of the row is public, so the digest could be reversed by trying them out. -#}
{% macro short_digest(expressions) -%}
    {{ return(adapter.dispatch('short_digest')(expressions)) }}
{%- endmacro %}
{% macro default__short_digest(expressions) -%}
    left(md5(
        {%- for expression in expressions %}
        coalesce(cast({{ expression }} as varchar), '')
        {%- if not loop.last %} || chr(31) || {% endif %}
        {%- endfor %}
    ), 8)
{%- endmacro %}

{#- Texts at many JSON paths in one pass, given as a mapping column -> path: a list that
    json_columns turns into columns. One parse instead of one per path (0.2 s against 4.3 s for 18
    paths of 20,000 releases). -#}
{% macro json_texts(json, fields) -%}
    {{ return(adapter.dispatch('json_texts')(json, fields)) }}
{%- endmacro %}
{% macro default__json_texts(json, fields) -%}
    json_extract_string({{ json }}, ['{{ fields.values() | join("', '") }}'])
{%- endmacro %}

{#- Select list of the columns of json_texts; null where missing, null or blank. -#}
{% macro json_columns(texts, fields) -%}
    {{ return(adapter.dispatch('json_columns')(texts, fields)) }}
{%- endmacro %}
{% macro default__json_columns(texts, fields) -%}
    {%- for column in fields %}
    case
        when trim({{ texts }}[{{ loop.index }}], e' \t\r\n') <> ''
            then {{ texts }}[{{ loop.index }}]
    end as {{ column }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
{%- endmacro %}

{#- Texts at a wildcard path ($.roles[*], $.tipoArea[*].clave) joined by commas; null when none.
    -#}
{% macro json_joined(json, path) -%}
    {{ return(adapter.dispatch('json_joined')(json, path)) }}
{%- endmacro %}
{% macro default__json_joined(json, path) -%}
    nullif(array_to_string(json_extract_string({{ json }}, '{{ path }}'), ','), '')
{%- endmacro %}

{#- Number of elements of the array at a path; 0 for an empty or missing one and for what is no
    array. -#}
{% macro json_length(json, path) -%}
    {{ return(adapter.dispatch('json_length')(json, path)) }}
{%- endmacro %}
{% macro default__json_length(json, path) -%}
    cast(coalesce(json_array_length({{ json }}, '{{ path }}'), 0) as integer)
{%- endmacro %}

{#- Wall time in Mexico City (TIMESTAMP) of a UTC instant (TIMESTAMP). -#}
{% macro in_mexico_city(instant) -%}
    {{ return(adapter.dispatch('in_mexico_city')(instant)) }}
{%- endmacro %}
{% macro default__in_mexico_city(instant) -%}
    (({{ instant }}) at time zone 'UTC') at time zone 'America/Mexico_City'
{%- endmacro %}

{#- The UTC instant (TIMESTAMP) of a wall time in Mexico City (TIMESTAMP). -#}
{% macro from_mexico_city(wall_time) -%}
    {{ return(adapter.dispatch('from_mexico_city')(wall_time)) }}
{%- endmacro %}
{% macro default__from_mexico_city(wall_time) -%}
    (({{ wall_time }}) at time zone 'America/Mexico_City') at time zone 'UTC'
{%- endmacro %}

{#- Struct of a JSON text by its shape, in one parse: a mapping is a struct, a list of one shape a
    list of it, 'text' a text (numbers and booleans as JSON writes them, objects as their JSON
    text), 'json' JSON text. What has another form is null, or a struct of nulls; members outside
    the shape are left out. 100,000 releases of 5 KB take 2 s on two cores. -#}
{% macro json_typed(json, shape) -%}
    {{ return(adapter.dispatch('json_typed')(json, shape)) }}
{%- endmacro %}
{% macro default__json_typed(json, shape) -%}
    from_json({{ json }}, '{{ json_structure_of(shape) }}')
{%- endmacro %}
{% macro json_structure_of(shape) -%}
    {%- if shape is string -%}
        "{{ 'JSON' if shape == 'json' else 'VARCHAR' }}"
    {%- elif shape is mapping -%}
        {
        {%- for name, member in shape.items() -%}
            "{{ name }}":{{ json_structure_of(member) }}{{ ',' if not loop.last }}
        {%- endfor -%}
        }
    {%- else -%}
        [{{ json_structure_of(shape[0]) }}]
    {%- endif -%}
{%- endmacro %}

{#- Select items: each element of a list in a row of its own, and its position from 0. An empty or
    missing list yields no row. Nothing is joined, so rows stream. -#}
{% macro unnested(list, element, position) -%}
    {{ return(adapter.dispatch('unnested')(list, element, position)) }}
{%- endmacro %}
{% macro default__unnested(list, element, position) -%}
    unnest({{ list }}) as {{ element }},
            generate_subscripts({{ list }}, 1) - 1 as {{ position }}
{%- endmacro %}

{#- Number of elements of a list; 0 for none. -#}
{% macro list_length(list) -%}
    {{ return(adapter.dispatch('list_length')(list)) }}
{%- endmacro %}
{% macro default__list_length(list) -%}
    cast(coalesce(len({{ list }}), 0) as integer)
{%- endmacro %}

{#- First element of a list; null for none. -#}
{% macro list_first(list) -%}
    {{ return(adapter.dispatch('list_first')(list)) }}
{%- endmacro %}
{% macro default__list_first(list) -%}
    {{ list }}[1]
{%- endmacro %}

{#- Texts of a list joined by commas, in order; null for none. -#}
{% macro list_joined(list) -%}
    {{ return(adapter.dispatch('list_joined')(list)) }}
{%- endmacro %}
{% macro default__list_joined(list) -%}
    nullif(array_to_string({{ list }}, ','), '')
{%- endmacro %}

{#- A text as published; null where it is blank. -#}
{% macro filled(text) -%}
    {{ return(adapter.dispatch('filled')(text)) }}
{%- endmacro %}
{% macro default__filled(text) -%}
    case when trim({{ text }}, e' \t\r\n') <> '' then {{ text }} end
{%- endmacro %}

{#- First struct of a list whose member is a value; null for none. With `needed`, the last one in
    which that member is not null. -#}
{% macro list_find(list, member, value, needed=none) -%}
    {{ return(adapter.dispatch('list_find')(list, member, value, needed)) }}
{%- endmacro %}
{% macro default__list_find(list, member, value, needed) -%}
    list_filter(
        {{ list }},
        lambda one: one.{{ member }} = {{ value }}
        {%- if needed %} and one.{{ needed }} is not null{% endif %}
    )[{{ -1 if needed else 1 }}]
{%- endmacro %}

{#- SQL list of expressions. -#}
{% macro list_of(expressions) -%}
    {{ return(adapter.dispatch('list_of')(expressions)) }}
{%- endmacro %}
{% macro default__list_of(expressions) -%}
    [{{ expressions | join(', ') }}]
{%- endmacro %}

{#- Aggregate: the value of the process compiled last that has one (columns compiled_date, text, and
    ocid). -#}
{% macro latest_value(column) -%}
    {{ return(adapter.dispatch('latest_value')(column)) }}
{%- endmacro %}
{% macro default__latest_value(column) -%}
    max_by({{ column }}, {'date': coalesce(compiled_date, ''), 'ocid': ocid})
{%- endmacro %}

{#- Whole days from one TIMESTAMP to another, what is left over cut off. -#}
{% macro whole_days(start, end) -%}
    {{ return(adapter.dispatch('whole_days')(start, end)) }}
{%- endmacro %}
{% macro default__whole_days(start, end) -%}
    datesub('day', {{ start }}, {{ end }})
{%- endmacro %}

{#- Struct of a mapping name -> SQL expression. -#}
{% macro struct_of(members) -%}
    {{ return(adapter.dispatch('struct_of')(members)) }}
{%- endmacro %}
{% macro default__struct_of(members) -%}
    struct_pack(
        {%- for name, expression in members.items() %}
        {{ name }} := {{ expression }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    )
{%- endmacro %}

{#- A list with a null before its elements; of no list the null alone. -#}
{% macro list_after_null(list) -%}
    {{ return(adapter.dispatch('list_after_null')(list)) }}
{%- endmacro %}
{% macro default__list_after_null(list) -%}
    list_prepend(null, {{ list }})
{%- endmacro %}

{#- Select item: each text between separators in a row of its own. -#}
{% macro texts_between(text, separator) -%}
    {{ return(adapter.dispatch('texts_between')(text, separator)) }}
{%- endmacro %}
{% macro default__texts_between(text, separator) -%}
    unnest(string_split({{ text }}, '{{ separator }}'))
{%- endmacro %}

{#- Aggregate: list of the least values of an expression in their order, at most so many, of the
    rows where a condition holds; null for none. -#}
{% macro least_values(expression, limit, where) -%}
    {{ return(adapter.dispatch('least_values')(expression, limit, where)) }}
{%- endmacro %}
{% macro default__least_values(expression, limit, where) -%}
    min({{ expression }}, {{ limit }}) filter (where {{ where }})
{%- endmacro %}
