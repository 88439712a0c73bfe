{#- What a cell says by the kind of its field (text, instant, money …), for every table of
    contracts: its value, what is told of its repair, whether it could be read. Which cell a field
    has is in layouts.sql; what dates, amounts and RFCs look like in values.sql. -#}

{#- Values ------------------------------------------------------------------------------------- -#}

{#- Value of a cleaned text by its kind; null where it can't be read or is a placeholder. -#}
{% macro read_text(kind, text) -%}
    {%- if kind == 'text' -%}
    {{ real_name(text) }}
    {%- elif kind == 'instant' -%}
    {#- Midnight GMT is how CompraNet exported a column of days. -#}
    {{ try_timestamp(
        "case when " ~ text ~ " like '% 00:00:00 GMT' then left(" ~ text ~ ", 10)"
        ~ " else " ~ text ~ " end"
    ) }}
    {%- elif kind == 'money' -%}
    try_cast({{ try_decimal(text) }} as decimal(20, 2))
    {%- elif kind == 'rate' -%}
    try_cast({{ try_decimal(text, 20, 6) }} as decimal(20, 6))
    {%- elif kind == 'integer' -%}
    try_cast({{ try_integer(text) }} as integer)
    {%- elif kind == 'boolean' -%}
    {{ yes_or_no(text) }}
    {%- elif kind == 'mark' -%}
    {#- A cell that says no, or names what there is. -#}
    coalesce({{ yes_or_no(text) }}, case when {{ real_name(text) }} is not null then true end)
    {%- elif kind == 'rfc' -%}
    {{ clean_rfc(text) }}
    {%- elif kind == 'currency' -%}
    {{ currency_code(text) }}
    {%- else -%}
    {{ exceptions.raise_compiler_error('no such kind of text: ' ~ kind) }}
    {%- endif -%}
{%- endmacro %}

{#- A value of read_text as JSON text. -#}
{% macro value_as_json(kind, value) -%}
    {%- if kind == 'instant' -%}
    {{ json_string(ocds_datetime(value)) }}
    {%- elif kind == 'money' -%}
    cast({{ value }} as varchar)
    {%- else -%}
    {{ json_string(value) }}
    {%- endif -%}
{%- endmacro %}

{#- SI, NO and their like; null for anything else. -#}
{% macro yes_or_no(text) -%}
    case lower({{ text }})
        when 'si' then true
        when 'sí' then true
        when '1' then true
        when 'true' then true
        when 'no' then false
        when '0' then false
        when 'false' then false
    end
{%- endmacro %}

{#- ISO 4217 code of a currency written as code or by its Spanish name; null for anything else.
    -#}
{% macro currency_code(text) -%}
    case
        when {{ is_placeholder(text) }} then null
        when regexp_matches({{ text }}, '^[A-Za-z]{3}$') then upper({{ text }})
        when regexp_matches({{ text }}, '(?i)peso|moneda nacional|^m\.?n\.?$') then 'MXN'
        when regexp_matches({{ text }}, '(?i)d[oó]lar') then 'USD'
        when regexp_matches({{ text }}, '(?i)euro') then 'EUR'
        when regexp_matches({{ text }}, '(?i)libra') then 'GBP'
        when regexp_matches({{ text }}, '(?i)\byen') then 'JPY'
    end
{%- endmacro %}

{#- Repairs ------------------------------------------------------------------------------------ -#}

{#- Element of `repairs` for a value: `text` is clean_text of `published`, `value` what
    read_text made of it, `path` the header; null where nothing was repaired. A word for a
    boolean or a currency is vocabulary and no repair. -#}
{% macro repair_of(kind, published, text, value, path) -%}
    {%- if kind == 'rfc' -%}
    {%- set repair, repaired = rfc_repair(published, text, value), value -%}
    {%- elif kind == 'instant' -%}
    {%- set repair, repaired = date_repair(published, text, value), ocds_datetime(value) -%}
    {%- elif kind in ('money', 'rate', 'integer') -%}
    {%- set repair = money_repair(published, text, value) -%}
    {%- set repaired = 'cast(' ~ value ~ ' as varchar)' -%}
    {%- elif kind in ('boolean', 'mark', 'currency') -%}
    {%- set repaired = 'case when ' ~ value ~ ' is not null then ' ~ text ~ ' end' -%}
    {%- set repair = 'case when ' ~ value ~ ' is not null or ' ~ is_placeholder(text)
        ~ ' then ' ~ text_repair(published, repaired) ~ ' end' -%}
    {%- else -%}
    {%- set repair, repaired = text_repair(published, value), value -%}
    {%- endif -%}
    case
        when {{ published }} is not null
            then {{ repair_element(repair, path, published, repaired) }}
    end
{%- endmacro %}

{#- List of the elements of `text_repairs` that concern cells which are read; null for none. What
    no field reads stays where it is. -#}
{% macro text_repairs_read() -%}
    {{ return(adapter.dispatch('text_repairs_read')()) }}
{%- endmacro %}
{% macro default__text_repairs_read() -%}
    case
        when text_repairs is not null
            then list_filter(
                cast(json_extract(text_repairs, '$[*]') as varchar[]),
                lambda told: list_contains(
                    list_concat(
                        list_select(keys, places),
                        list_transform(members, lambda member: member.header)
                    ),
                    json_extract_string(told, '$.path')
                )
            )
    end
{%- endmacro %}

{#- The name of a column whose text could not be read, else null. -#}
{% macro unreadable_name(text, value, name) -%}
    case
        when {{ value }} is null and {{ text }} is not null
            then case when not {{ is_placeholder(text) }} then {{ name }} end
    end
{%- endmacro %}
