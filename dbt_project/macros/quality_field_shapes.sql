{#- What stands in a release that was read by its schema (json_typed of ocds_schema_shape): expressions without joins,
    made by walking the schema once, so that a text is parsed once for all of them. -#}

{#- List of a code for each object of the release that the schema knows: its number in the order of the schema times
    2^32, plus a bit for each of its members that is there (seed ocds_fields). What isn't an object where one is expected
    is one without members; a JSON null isn't there. -#}
{% macro field_objects(release) -%}
    {{ return(adapter.dispatch('field_objects')(release)) }}
{%- endmacro %}
{% macro default__field_objects(release) -%}
    list_filter(
        {{ _objects_of(ocds_schema_shape(), release, namespace(number=0), 1) }},
        lambda code: code is not null
    )
{%- endmacro %}
{% macro _objects_of(shape, at, counter, depth) -%}
    {%- set single = [] -%}
    {%- set listed = [] -%}
    {%- do _add_objects(shape, at, counter, depth, single, listed, false) -%}
    {%- set objects = '[' ~ single | join(', ') ~ ']' -%}
    {{ return('list_concat(' ~ ([objects] + listed) | join(', ') ~ ')' if listed else objects) }}
{%- endmacro %}
{% macro _add_objects(shape, at, counter, depth, single, listed, is_optional) -%}
    {%- set bits = [] -%}
    {%- for name in shape -%}
        {#- A product of integers takes half the time of a case. -#}
        {%- do bits.append('cast(' ~ at ~ '."' ~ name ~ '" is not null as integer) * ' ~ 2 ** loop.index0) -%}
    {%- endfor -%}
    {%- set code = counter.number * 2 ** 32 ~ ' + (' ~ bits | join(' + ') ~ ')' -%}
    {%- do single.append('case when ' ~ at ~ ' is not null then ' ~ code ~ ' end' if is_optional else code) -%}
    {%- set counter.number = counter.number + 1 -%}
    {%- for name, member in shape.items() -%}
        {%- set inside = at ~ '."' ~ name ~ '"' -%}
        {%- if member is mapping -%}
            {%- do _add_objects(member, inside, counter, depth, single, listed, true) -%}
        {%- elif member is not string -%}
            {%- set element = 'element_' ~ depth -%}
            {%- do listed.append(
                'flatten(list_transform(' ~ inside ~ ', lambda ' ~ element ~ ': '
                ~ _objects_of(member[0], element, counter, depth + 1) ~ '))'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- List of the places of a kind in the release, in the order of the schema:
    'empty': JSON pointers of members that are there and hold nothing: "", blanks, [] and, where a text stands, {};
    'unknown': of objects without a known member whose name is among `names`; what else they hold isn't read;
    'deprecated': JSON pointers of deprecated members. -#}
{% macro field_places(kind, release, names='null') -%}
    {{ return(adapter.dispatch('field_places')(kind, release, names)) }}
{%- endmacro %}
{% macro default__field_places(kind, release, names) -%}
    list_filter(
        {{ _places_of(kind, ocds_schema_shape(), release, '', '', 1, names) }},
        lambda place: place is not null
    )
{%- endmacro %}
{% macro _places_of(kind, shape, at, path, pointer, depth, names) -%}
    {%- set single = [] -%}
    {%- set listed = [] -%}
    {%- do _add_places(kind, shape, at, path, pointer, depth, names, single, listed) -%}
    {%- set parts = (['[' ~ single | join(', ') ~ ']'] if single else []) + listed -%}
    {{ return('list_concat(' ~ parts | join(', ') ~ ')' if parts | length > 1 else parts | first) }}
{%- endmacro %}
{% macro _add_places(kind, shape, at, path, pointer, depth, names, single, listed) -%}
    {#- `path` has no positions; `pointer` is SQL text between quotes, in which positions are computed. -#}
    {%- for name, member in shape.items() -%}
        {%- set inside = at ~ '."' ~ name ~ '"' -%}
        {%- set member_path = path ~ '/' ~ name -%}
        {%- set member_pointer = pointer ~ '/' ~ name -%}
        {%- set condition = _is_place(kind, member, inside, member_path, names) -%}
        {%- if condition -%}
            {%- do single.append('case when ' ~ condition ~ " then '" ~ member_pointer ~ "' end") -%}
        {%- endif -%}
        {%- if member is mapping -%}
            {%- do _add_places(
                kind, member, inside, member_path, member_pointer, depth, names, single, listed
            ) -%}
        {%- elif member is not string -%}
            {%- set element = 'element_' ~ depth -%}
            {%- set position = 'position_' ~ depth -%}
            {%- set below = _places_of(
                kind, member[0], element, member_path, member_pointer ~ "/' || (" ~ position ~ " - 1) || '",
                depth + 1, names
            ) -%}
            {%- if below -%}
                {%- do listed.append(
                    'flatten(list_transform(' ~ inside ~ ', lambda ' ~ element ~ ', ' ~ position ~ ': '
                    ~ below ~ '))'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
{% macro _is_place(kind, member, inside, path, names) -%}
    {%- set name = path.split('/')[-1] -%}
    {%- if kind == 'empty' and member is string -%}
        {{ return('trim(' ~ inside ~ ") in ('', '[]', '{}')") }}
    {%- elif kind == 'unknown' and name == 'details' -%}
        {#- Of parties: the one object that the schema leaves open is read as text. -#}
        {{ return('starts_with(' ~ inside ~ ", '{\"') and list_contains(" ~ names ~ ", 'details')") }}
    {%- elif kind == 'unknown' and member is mapping -%}
        {%- set members = [] -%}
        {%- for one in member -%}
            {%- do members.append(' and ' ~ inside ~ '."' ~ one ~ '" is null') -%}
        {%- endfor -%}
        {{ return(
            inside ~ ' is not null and list_contains(' ~ names ~ ", '" ~ name ~ "')" ~ members | join('')
        ) }}
    {%- elif kind == 'empty' and member is not mapping -%}
        {{ return('len(' ~ inside ~ ') = 0') }}
    {%- elif kind == 'deprecated' and path in ocds_deprecated_fields() -%}
        {{ return(inside ~ ' is not null') }}
    {%- endif -%}
    {{ return('') }}
{%- endmacro %}

{#- List of the JSON pointers of what is there in a JSON text and holds nothing, `release` being what was read of it by the
    schema and `names` json_empty_members. Whether an object without a known member has another is read in the text:
    there are few. -#}
{% macro empty_field_places(json, release, names) -%}
    {{ return(adapter.dispatch('empty_field_places')(json, release, names)) }}
{%- endmacro %}
{% macro default__empty_field_places(json, release, names) -%}
    list_concat(
        {{ field_places('empty', release) }},
        list_filter(
            {{ field_places('unknown', release, names) }},
            lambda place: regexp_full_match(
                cast(json_extract({{ json }}, place) as varchar), '{{ hollow_object() }}'
            )
        )
    )
{%- endmacro %}

{#- Whether an object of the list that field_objects makes has a deprecated member. -#}
{% macro has_deprecated_fields(objects) -%}
    {{ return(adapter.dispatch('has_deprecated_fields')(objects)) }}
{%- endmacro %}
{% macro default__has_deprecated_fields(objects) -%}
    {%- set masks = [] -%}
    {%- do _add_deprecated_bits(ocds_schema_shape(), '', masks) -%}
    len(list_filter({{ objects }}, lambda code: code & [{{ masks | join(', ') }}][(code >> 32) + 1] <> 0)) > 0
{%- endmacro %}
{% macro _add_deprecated_bits(shape, path, masks) -%}
    {%- set found = namespace(bits=0) -%}
    {%- for name in shape if path ~ '/' ~ name in ocds_deprecated_fields() -%}
        {%- set found.bits = found.bits + 2 ** (shape.keys() | list).index(name) -%}
    {%- endfor -%}
    {%- do masks.append(found.bits) -%}
    {%- for name, member in shape.items() if member is not string -%}
        {%- do _add_deprecated_bits(member if member is mapping else member[0], path ~ '/' ~ name, masks) -%}
    {%- endfor -%}
{%- endmacro %}

{#- List of the paths of what is empty in a process, from the columns of quality_ocds_field_shapes: the JSON pointers, and
    for the names that none of them ends with, `**/` and the name. -#}
{% macro empty_places(pointers, names) -%}
    {{ return(adapter.dispatch('empty_places')(pointers, names)) }}
{%- endmacro %}
{% macro default__empty_places(pointers, names) -%}
    list_concat(
                {{ pointers }},
                list_transform(
                    list_filter(
                        {{ names }},
                        lambda name: not list_contains(
                            list_transform({{ pointers }}, lambda pointer: split_part(pointer, '/', -1)), name
                        )
                    ),
                    lambda name: '**/' || name
                )
            )
{%- endmacro %}

{#- List of JSON pointers as paths without positions, in one order. -#}
{% macro without_positions(pointers) -%}
    {{ return(adapter.dispatch('without_positions')(pointers)) }}
{%- endmacro %}
{% macro default__without_positions(pointers) -%}
    list_sort(list_transform({{ pointers }}, lambda pointer: regexp_replace(pointer, '/[0-9]+', '', 'g')))
{%- endmacro %}
