{#- What values of Mexican sources mean: dates, money, RFC, identifiers. Engine access is in
    engine.sql. Nothing here fails on a bad value: it becomes null, the JSON keeps the original,
    quality counts it. -#}

{#- Text without surrounding blanks and without the apostrophe spreadsheets put before codes
    ('004E2D); inner runs of white space become one space; blank is null. -#}
{% macro clean_text(expression) -%}
    nullif(trim(regexp_replace(ltrim(trim({{ expression }}), ''''), '\s+', ' ', 'g')), '')
{%- endmacro %}

{#- Instant in UTC as TIMESTAMP. A value with an offset (or Z, GMT) is converted; one without is
    wall time of America/Mexico_City. Forms: YYYY-MM-DD, ISO 8601, YYYY-MM-DD HH:MM[:SS],
    dd/mm/yyyy [HH:MM:SS]. Years outside 1901-2199 are placeholders (0001-01-01, 9999-12-31),
    hence null. -#}
{% macro try_timestamp(expression) -%}
    {{ return(adapter.dispatch('try_timestamp')(expression)) }}
{%- endmacro %}
{% macro default__try_timestamp(expression) -%}
    {%- set value = 'trim(' ~ expression ~ ')' -%}
    case
        when {{ value }} like '____-__-__%' and substr({{ value }}, 1, 4) between '1901' and '2199'
            then case
                when regexp_matches(
                    {{ value }},
                    '^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}[:.\d]*\s*(Z|GMT|UTC|[+-]\d{2}:?\d{2})$'
                )
                    then try_cast({{ value }} as timestamptz) at time zone 'UTC'
                when regexp_matches(
                    {{ value }}, '^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?$'
                )
                    then (
                        try_cast({{ value }} as timestamp) at time zone 'America/Mexico_City'
                    ) at time zone 'UTC'
            end
        when {{ value }} like '__/__/____%' and substr({{ value }}, 7, 4) between '1901' and '2199'
            then (
                try_strptime({{ value }}, ['%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S'])
                at time zone 'America/Mexico_City'
            ) at time zone 'UTC'
    end
{%- endmacro %}

{#- Calendar date as written (no conversion between zones): same forms, same placeholders. -#}
{% macro try_date(expression) -%}
    {{ return(adapter.dispatch('try_date')(expression)) }}
{%- endmacro %}
{% macro default__try_date(expression) -%}
    {%- set value = 'trim(' ~ expression ~ ')' -%}
    case
        when {{ value }} like '____-__-__%' and substr({{ value }}, 1, 4) between '1901' and '2199'
            then try_cast(
                regexp_extract({{ value }}, '^(\d{4}-\d{2}-\d{2})([T ].*)?$', 1) as date
            )
        when {{ value }} like '__/__/____%' and substr({{ value }}, 7, 4) between '1901' and '2199'
            then cast(
                try_strptime(
                    regexp_extract({{ value }}, '^(\d{2}/\d{2}/\d{4})( .*)?$', 1), '%d/%m/%Y'
                ) as date
            )
    end
{%- endmacro %}

{#- Exact decimal from text: 1234.5, $1,234.50, 1.2e6. Another form (10.000,50) is null rather
    than a guess. Never goes through a float of ours. -#}
{% macro try_decimal(expression, precision=20, scale=2) -%}
    {{ return(adapter.dispatch('try_decimal')(expression, precision, scale)) }}
{%- endmacro %}
{% macro default__try_decimal(expression, precision, scale) -%}
    case
        when regexp_matches(trim({{ expression }}), '^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?$')
            then try_cast(trim({{ expression }}) as decimal({{ precision }}, {{ scale }}))
        when regexp_matches(trim({{ expression }}), '^-?\$?\s*\d{1,3}(,\d{3})*(\.\d+)?$')
            then try_cast(
                regexp_replace(trim({{ expression }}), '[$,\s]', '', 'g')
                as decimal({{ precision }}, {{ scale }})
            )
    end
{%- endmacro %}

{#- Whole number from text (12, 12.0); null otherwise. -#}
{% macro try_integer(expression) -%}
    {{ return(adapter.dispatch('try_integer')(expression)) }}
{%- endmacro %}
{% macro default__try_integer(expression) -%}
    case
        when regexp_matches(trim({{ expression }}), '^-?\d{1,15}(\.0+)?$')
            then try_cast(regexp_replace(trim({{ expression }}), '\.0+$', '') as bigint)
    end
{%- endmacro %}

{#- true/false as published; null for anything else. -#}
{% macro try_boolean(expression) -%}
    case lower(trim({{ expression }})) when 'true' then true when 'false' then false end
{%- endmacro %}

{#- RFC in the SAT's form: upper case, no blanks, hyphens or dots. The shape isn't checked here.
    -#}
{% macro clean_rfc(expression) -%}
    nullif(regexp_replace(upper({{ expression }}), '[\s.''-]', '', 'g'), '')
{%- endmacro %}

{#- Part of an id made from a name: no accents, upper case, everything else a hyphen. -#}
{% macro slug(expression) -%}
    nullif(
        trim(
            regexp_replace(upper(strip_accents({{ expression }})), '[^A-Z0-9]+', '-', 'g'), '-'
        ),
        ''
    )
{%- endmacro %}

{#- Name, or null where the text stands for no name (nan, sin dato, n/a, a lone dash). -#}
{% macro real_name(expression) -%}
    case
        when lower(strip_accents(trim({{ expression }}))) not in (
            '', '.', '-', '--', 'nan', 'none', 'null', 'na', 'n/a', 's/d', 'sd', 'sin dato',
            'sin datos', 'no aplica', 'no disponible', 'no proporcionado', 'pendiente',
            'pendiente.'
        )
            then trim({{ expression }})
    end
{%- endmacro %}

{#- Id of a supplier over all sources: an RFC of a legal person (12 characters) gets the prefix
    MX-RFC- that some sources leave out; every other id stays as published, without surrounding
    blanks. -#}
{% macro supplier_key(expression) -%}
    case
        when regexp_matches(
            upper(trim({{ expression }})), '^(MX-RFC-)?[A-ZÑ&]{3}[0-9]{6}[A-Z0-9]{3}$'
        )
            then 'MX-RFC-' || right(upper(trim({{ expression }})), 12)
        else trim({{ expression }})
    end
{%- endmacro %}

{#- Value of a column, null where the law reserves the person's name: the public JSON says "No
    público" there because the PDN schema requires the field; a table says it in name_status. -#}
{% macro unless_reserved(column) -%}
    case when name_status is distinct from 'not_public' then {{ column }} end
{%- endmacro %}
