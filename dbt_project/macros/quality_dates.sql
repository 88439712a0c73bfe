{#- What the rules of dates need besides quality.sql: comparison by day, and dates as they are written. -#}

{#- Condition: an instant isn't on a later day in Mexico than another. Few sources give hours that mean something:
    CompraNet's periods run from 12:00 to 11:59 of the same day. Days are asked for where the instants don't do. -#}
{% macro not_later(instant, other) -%}
    ({{ instant }} <= {{ other }} or {{ civil_day(instant) }} <= {{ civil_day(other) }})
{%- endmacro %}

{#- Members of releases that hold dates. -#}
{% macro ocds_date_names() -%}
    {{ return([
        'date', 'dateSigned', 'dateMet', 'dueDate', 'startDate', 'endDate', 'maxExtentDate', 'datePublished',
        'dateModified',
    ]) }}
{%- endmacro %}

{#- Query: the dates in the sections of releases (a relation like int_ocds_sections) that are in doubt, as slice_id,
    ocid, path (JSON pointer) and written (the text); all others of a process, if there are any, are one row without
    path and text. Each date is looked at once, and paths are made where there is doubt only. -#}
{% macro doubtful_dates(sections) -%}
    {{ return(adapter.dispatch('doubtful_dates')(sections)) }}
{%- endmacro %}
{% macro default__doubtful_dates(sections) -%}
    {%- set is_doubtful = "trim(written) <> '' and not " ~ is_plain_date('written') -%}
    select
        slice_id,
        ocid,
        unnest(
            list_concat(
                case when plain_count > 0 then [{'path': null, 'written': null}] else [] end,
                case
                    when plain_count < date_count
                        then list_filter(
                            {{ _dates_of(_dated_sections(), '', '', 1, is_doubtful) }},
                            lambda place: place is not null
                        )
                    else []
                end
            ),
            recursive := true
        )
    from (
        select
            * exclude (dates),
            len(dates) as date_count,
            len(list_filter(dates, lambda written: {{ is_plain_date('written') }})) as plain_count
        from (
            select
                *,
                list_filter(
                    {{ _dates_of(_dated_sections(), '', '', 1, none) }}, lambda written: trim(written) <> ''
                ) as dates
            from {{ sections }}
        ) as dated
    ) as counted
{%- endmacro %}

{#- True where a text is a day from 1990 to 2049 that its month has every year, with or without a time of day: most dates
    are, and cost no cast. -#}
{% macro is_plain_date(written) -%}
    regexp_matches(
        {{ written }},
        '^(199\d|20[0-4]\d)-'
        || '(02-(0[1-9]|1\d|2[0-8])|(0[469]|11)-(0[1-9]|[12]\d|30)|(0[13578]|1[02])-(0[1-9]|[12]\d|3[01]))'
        || '{{ rest_of_date() }}$'
    )
{%- endmacro %}
{% macro rest_of_date() -%}
    ([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|GMT|UTC|[+-]\d{2}:?\d{2})?)?
{%- endmacro %}

{#- The sections of a compiled release in which there are dates. -#}
{% macro _dated_sections() -%}
    {%- set sections = {'compiled_date': 'text'} -%}
    {%- for name, shape in ocds_release_shape().items() if shape is not string and name != 'buyer' -%}
        {%- do sections.update({name: shape}) -%}
    {%- endfor -%}
    {{ return(sections) }}
{%- endmacro %}

{#- List of what the dates of a shape hold; with a condition, of their places. `pointer` is SQL text between quotes, in
    which positions are computed. None where the shape has no date. -#}
{% macro _dates_of(shape, at, pointer, depth, condition) -%}
    {%- set single = [] -%}
    {%- set listed = [] -%}
    {%- do _add_dates(shape, at, pointer, depth, condition, single, listed) -%}
    {%- set parts = (['[' ~ single | join(', ') ~ ']'] if single else []) + listed -%}
    {{ return('list_concat(' ~ parts | join(', ') ~ ')' if parts | length > 1 else parts | first) }}
{%- endmacro %}
{% macro _add_dates(shape, at, pointer, depth, condition, single, listed) -%}
    {%- for name, member in shape.items() -%}
        {%- set inside = at ~ '.' ~ name if at else name -%}
        {%- set below = pointer ~ '/' ~ ('date' if name == 'compiled_date' else name) -%}
        {%- if member is mapping -%}
            {%- do _add_dates(member, inside, below, depth, condition, single, listed) -%}
        {%- elif member is string -%}
            {%- if name in ocds_date_names() or name == 'compiled_date' -%}
                {%- do single.append(
                    inside if condition is none
                    else "case when " ~ condition.replace('written', inside)
                    ~ " then struct_pack(path := '" ~ below ~ "', written := " ~ inside ~ ") end"
                ) -%}
            {%- endif -%}
        {%- elif member[0] is mapping -%}
            {%- set element = 'element_' ~ depth -%}
            {%- set position = 'position_' ~ depth -%}
            {%- set found = _dates_of(
                member[0], element, below ~ "/' || (" ~ position ~ " - 1) || '", depth + 1, condition
            ) -%}
            {%- if found -%}
                {%- do listed.append(
                    'flatten(list_transform(' ~ inside ~ ', lambda ' ~ element
                    ~ (', ' ~ position if condition is not none else '') ~ ': ' ~ found ~ '))'
                ) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
