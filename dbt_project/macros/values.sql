{#- What values of Mexican sources mean: texts, dates, money, RFC, placeholders, identifiers, and
    the repairs they needed. Engine access is in engine.sql, the same rules for JSON sources in
    pipelines/standards/repairs; both are held equal by tests/contract/test_repairs.py. Nothing
    here fails on a bad value: it becomes null, the record keeps the original, quality counts it.
    -#}

{#- Texts -------------------------------------------------------------------------------------- -#}

{#- A text as it was meant: outer white space goes (no-break and zero-width spaces too) and inner
    runs of it become one space; so does the apostrophe spreadsheets put before codes ('004E2D); a
    formula that only spells a text is that text (="00123"; =CONCATENAR(0,01) is 001). Blank is
    null. Most texts need none of it: one search decides. -#}
{% macro clean_text(expression) -%}
    {{ return(adapter.dispatch('clean_text')(expression)) }}
{%- endmacro %}
{% macro default__clean_text(expression) -%}
    case
        when regexp_matches(
            {{ expression }},
            '^[\s\p{Z}=''\x{FEFF}]|[\s\p{Z}]$|\s\s|[^\S ]|[\x{00A0}\x{200B}\x{FEFF}]'
        )
            then nullif(
                {{ one_spaced(literal_of_formula(
                    "ltrim(" ~ one_spaced(expression) ~ ", '''')"
                )) }},
                ''
            )
        else nullif({{ expression }}, '')
    end
{%- endmacro %}

{#- A text without outer white space and with one space for each run of it inside. -#}
{% macro one_spaced(expression) -%}
    trim(regexp_replace({{ expression }}, '[\s\p{Z}\x{200B}\x{FEFF}]+', ' ', 'g'))
{%- endmacro %}

{#- The text that a spreadsheet formula of literals spells; any other text is itself. Literals are
    texts in quotes and plain numbers, alone or joined by CONCATENAR, CONCATENATE or CONCAT. -#}
{% macro literal_of_formula(expression) -%}
    {{ return(adapter.dispatch('literal_of_formula')(expression)) }}
{%- endmacro %}
{% macro default__literal_of_formula(expression) -%}
    {%- set literal = '("[^"]*"|\\d+(\\.\\d+)?)' -%}
    case
        when regexp_matches({{ expression }}, '^= ?"[^"]*"$')
            then regexp_extract({{ expression }}, '^= ?"([^"]*)"$', 1)
        when regexp_matches(
            {{ expression }},
            '(?i)^= ?CONCAT(ENAR|ENATE)?\( ?{{ literal }}( ?[,;] ?{{ literal }})* ?\)$'
        )
            then replace(
                array_to_string(
                    regexp_extract_all({{ expression }}, '"[^"]*"|\d+(?:\.\d+)?'), ''
                ),
                '"',
                ''
            )
        else {{ expression }}
    end
{%- endmacro %}

{#- Text for comparing labels: no accents, lower case, one blank between words, none around. -#}
{% macro plain_text(expression) -%}
    trim(regexp_replace(lower(strip_accents({{ expression }})), '\s+', ' ', 'g'))
{%- endmacro %}

{#- The same for the labels of codes, whose commas and dots vary. -#}
{% macro plain_label(expression) -%}
    trim(regexp_replace(lower(strip_accents({{ expression }})), '[^a-z0-9]+', ' ', 'g'))
{%- endmacro %}

{#- True where two lists of words of the same length differ in one letter of one word of six letters
    or more: most are the same name mistyped. Shorter words and numbers tell names apart. -#}
{% macro differ_in_one_letter(words, others) -%}
    {{ return(adapter.dispatch('differ_in_one_letter')(words, others)) }}
{%- endmacro %}
{% macro default__differ_in_one_letter(words, others) -%}
    {%- set pairs = 'list_zip(' ~ words ~ ', ' ~ others ~ ')' -%}
    len(list_filter({{ pairs }}, lambda pair: pair[1] <> pair[2])) = 1
    and len(
        list_filter(
            {{ pairs }},
            lambda pair: pair[1] <> pair[2]
            and length(pair[1]) >= 6
            and not regexp_matches(pair[1] || pair[2], '\d')
            and damerau_levenshtein(pair[1], pair[2]) = 1
        )
    ) = 1
{%- endmacro %}

{#- True where a text is what people type when they have no datum (reference: Nuevo León, Chihuahua,
    INAI, CDMX, PDN). Null for null. -#}
{% macro is_placeholder(expression) -%}
    {{ return(adapter.dispatch('is_placeholder')(expression)) }}
{%- endmacro %}
{% macro default__is_placeholder(expression) -%}
    regexp_matches(
        {{ expression }},
        '(?i)^\s*(sin[\s_]+datos?[\s_-]*[0-9a-f-]*|sd|s/d|s/n|s\.n\.|nan|na|n/a|n\.a\.|null|none'
        || '|undefined|no\s+(capturado|aplica|disponible|especificado|proporcionado)'
        || '|dato\s+no\s+proporcionado|no\s+de[sc]+ription|sin\s+descripci[oó]n|por\s+definir'
        || '|pendientes?\.?|x+|[-.*_]+|test|prueba)\s*$'
    )
{%- endmacro %}

{#- Name, or null where the text stands for no name (nan, sin dato, n/a, a lone dash). -#}
{% macro real_name(expression) -%}
    case when not {{ is_placeholder(expression) }} then nullif(trim({{ expression }}), '') end
{%- endmacro %}

{#- Dates -------------------------------------------------------------------------------------- -#}

{#- Instant in UTC as TIMESTAMP. A value with an offset (or Z, GMT, UTC) is converted; one without
    is wall time of America/Mexico_City. Forms: YYYY-MM-DD; ISO 8601, also with a blank for the T,
    a zone after a blank or an empty fraction (2015-11-09T00:00:00.-06:00); d/m/yyyy and d-m-yyyy,
    with HH:MM or HH:MM:SS or without; 01-Enero-18, 1-ene-2018, 1 de enero de 2018 (of two digits
    00-49 are 20xx, 50-99 19xx); /Date(1570227988261)/ (milliseconds of UTC: an offset in it is
    for show). Impossible days and hours and every other text are null. So are years outside
    1901-2199: they are placeholders (0001-01-01, 9999-12-31). -#}
{% macro try_timestamp(expression) -%}
    {{ return(adapter.dispatch('try_timestamp')(expression)) }}
{%- endmacro %}
{% macro default__try_timestamp(expression) -%}
    {%- set value = 'trim(' ~ expression ~ ')' -%}
    case
        when
            {{ value }} like '____-__-__%:%'
            and regexp_matches(
                {{ value }},
                '^{{ day_pattern() }}[T ]{{ time_pattern() }} *(Z|GMT|UTC|[+-]\d{2}:?\d{2})$'
            )
            then try_cast(
                regexp_replace({{ value }}, ' +([+-])', '\1') as timestamptz
            ) at time zone 'UTC'
        when {{ value }} like '/Date(%'
            then {{ instant_of_milliseconds(value) }}
        else {{ from_mexico_city(wall_time(value)) }}
    end
{%- endmacro %}

{#- Calendar date as written (no conversion between zones): same forms. Of milliseconds, which are
    written as no day, the day in Mexico City. -#}
{% macro try_date(expression) -%}
    {{ return(adapter.dispatch('try_date')(expression)) }}
{%- endmacro %}
{% macro default__try_date(expression) -%}
    {%- set value = 'trim(' ~ expression ~ ')' -%}
    case
        when
            {{ value }} like '____-__-__%'
            and regexp_matches(
                {{ value }},
                '^{{ day_pattern() }}([T ]({{ time_pattern() }} *(Z|GMT|UTC|[+-]\d{2}:?\d{2})?)?)?$'
            )
            then try_cast(left({{ value }}, 10) as date)
        when {{ value }} like '/Date(%'
            then cast({{ in_mexico_city(instant_of_milliseconds(value)) }} as date)
        else cast({{ wall_time(value) }} as date)
    end
{%- endmacro %}

{#- Day and time of day as they may be written, for regular expressions. Years are 1901-2199. -#}
{% macro day_pattern() -%}
    (19(0[1-9]|[1-9]\d)|2[01]\d\d)-\d\d-\d\d
{%- endmacro %}
{% macro time_pattern() -%}
    ([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d*)?)?
{%- endmacro %}

{#- Wall time of a date without zone as TIMESTAMP, in the forms of try_timestamp; null for others.
    -#}
{% macro wall_time(value) -%}
    {{ return(adapter.dispatch('wall_time')(value)) }}
{%- endmacro %}
{% macro default__wall_time(value) -%}
    {%- set year = '(19(0[1-9]|[1-9]\\d)|2[01]\\d\\d)' -%}
    {%- set clock = '( ([01]?\\d|2[0-3]):[0-5]\\d(:[0-5]\\d)?)?' -%}
    case
        when {{ value }} like '____-__-__%'
            then case
                when regexp_matches({{ value }}, '^{{ day_pattern() }}([T ]{{ time_pattern() }})?$')
                    then try_cast({{ value }} as timestamp)
            end
        when regexp_matches({{ value }}, '^\d\d?/\d\d?/{{ year }}{{ clock }}$')
            then try_strptime({{ value }}, ['%d/%m/%Y', '%d/%m/%Y %H:%M', '%d/%m/%Y %H:%M:%S'])
        when regexp_matches({{ value }}, '^\d\d?-\d\d?-{{ year }}{{ clock }}$')
            then try_strptime({{ value }}, ['%d-%m-%Y', '%d-%m-%Y %H:%M', '%d-%m-%Y %H:%M:%S'])
        when regexp_matches({{ value }}, '^\d\d?[-/. ]+[A-Za-z]')
            then {{ day_of_named_month('lower(' ~ value ~ ')') }}
    end
{%- endmacro %}

{#- Wall time (midnight) of a lower-case date whose month is a Spanish word; null for others. -#}
{% macro day_of_named_month(value) -%}
    {{ return(adapter.dispatch('day_of_named_month')(value)) }}
{%- endmacro %}
{% macro default__day_of_named_month(value) -%}
    {%- set pattern = '^(\\d\\d?)(?: +de +|[-/. ])'
        ~ '(ene(?:ro)?|feb(?:rero)?|mar(?:zo)?|abr(?:il)?|may(?:o)?|jun(?:io)?|jul(?:io)?'
        ~ '|ago(?:sto)?|sept?(?:iembre)?|set(?:iembre)?|oct(?:ubre)?|nov(?:iembre)?|dic(?:iembre)?)'
        ~ '\\.?(?: +del? +|[-/. ])((?:19(?:0[1-9]|[1-9]\\d)|2[01]\\d\\d)|\\d\\d)$' -%}
    {%- set day = "regexp_extract(" ~ value ~ ", '" ~ pattern ~ "', 1)" -%}
    {%- set month = "regexp_extract(" ~ value ~ ", '" ~ pattern ~ "', 2)" -%}
    {%- set month = "replace(left(" ~ month ~ ", 3), 'set', 'sep')" -%}
    {%- set year = "regexp_extract(" ~ value ~ ", '" ~ pattern ~ "', 3)" -%}
    case
        when {{ day }} <> ''
            then try_cast(
                case
                    when length({{ year }}) = 4 then {{ year }}
                    when {{ year }} < '50' then '20' || {{ year }}
                    else '19' || {{ year }}
                end
                || '-' || ((strpos('enefebmarabrmayjunjulagosepoctnovdic', {{ month }}) + 2) // 3)
                || '-' || {{ day }}
                as timestamp
            )
    end
{%- endmacro %}

{#- UTC instant as TIMESTAMP of .NET's /Date(milliseconds)/, an offset in it or not. -#}
{% macro instant_of_milliseconds(value) -%}
    {{ return(adapter.dispatch('instant_of_milliseconds')(value)) }}
{%- endmacro %}
{% macro default__instant_of_milliseconds(value) -%}
    {%- set pattern = "'^/Date\\((-?\\d{1,13})([+-]\\d{4})?\\)/$'" -%}
    {%- set digits = "regexp_extract(" ~ value ~ ", " ~ pattern ~ ", 1)" -%}
    {#- 1901-01-01 and 2200-01-01 -#}
    case
        when try_cast({{ digits }} as bigint) between -2177452800000 and 7258118399999
            then epoch_ms(try_cast({{ digits }} as bigint))
    end
{%- endmacro %}

{#- Money -------------------------------------------------------------------------------------- -#}

{#- Exact decimal from text, rounded half up to the scale: 1234.5; 1.2e6; with thousands
    separators and marks of pesos: $1,234.50, " 555,644.00", MXN 1,234.50, 1,234.50 M.N., 1,234.50
    pesos; in parentheses it is negative. Another form (10.000,50; 1,23) is null rather than a
    guess. Never goes through a float. -#}
{% macro try_decimal(expression, precision=20, scale=2) -%}
    {{ return(adapter.dispatch('try_decimal')(expression, precision, scale)) }}
{%- endmacro %}
{% macro default__try_decimal(expression, precision, scale) -%}
    {%- set value = 'trim(' ~ expression ~ ')' -%}
    {%- set number = '((\\d{1,3}(,\\d{3})+|\\d+)(\\.\\d*)?)' -%}
    {%- set pesos = '(MXN|MXP)?\\s*\\$?\\s*' -%}
    case
        when regexp_matches({{ value }}, '^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?$')
            then try_cast({{ value }} as decimal({{ precision }}, {{ scale }}))
        when regexp_matches(
            {{ value }},
            '(?i)^"?\s*((-\s*)?{{ pesos }}{{ number }}|{{ pesos }}-{{ number }}'
            || '|\({{ pesos }}{{ number }}\))\s*(MXN|M\.?N\.?|pesos)?\s*"?$'
        )
            then
                try_cast(
                    case when regexp_matches({{ value }}, '[(-]') then '-' else '' end
                    || replace(regexp_extract({{ value }}, '\d[\d,]*(\.\d*)?'), ',', '')
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

{#- Identities --------------------------------------------------------------------------------- -#}

{#- RFC in the SAT's form: upper case, no blanks, hyphens or dots; null where a placeholder stands
    in its place. Whether it is a valid RFC isn't checked here. -#}
{% macro clean_rfc(expression) -%}
    {{ return(adapter.dispatch('clean_rfc')(expression)) }}
{%- endmacro %}
{% macro default__clean_rfc(expression) -%}
    case
        when regexp_matches({{ expression }}, '^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$')
            then {{ expression }}
        when not {{ is_placeholder(expression) }}
            then nullif(regexp_replace(upper({{ expression }}), '[\s\p{Z}.''–—-]', '', 'g'), '')
    end
{%- endmacro %}

{#- True where a text has the form of the RFC of a legal person (12 characters). -#}
{% macro is_rfc_of_company(expression) -%}
    {{ return(adapter.dispatch('is_rfc_of_company')(expression)) }}
{%- endmacro %}
{% macro default__is_rfc_of_company(expression) -%}
    regexp_matches({{ expression }}, '^[A-ZÑ&]{3}\d{6}[A-Z0-9]{3}$')
{%- endmacro %}

{#- True where the last character of an RFC (12 or 13, in the SAT's form) is the check digit of the
    others: each has a value, that of a legal person starts with a blank; the values weigh 13 to 2,
    and what the sum lacks to a multiple of 11 is the digit (10 is A). Null for null. -#}
{% macro rfc_check_digit_is_valid(expression) -%}
    {{ return(adapter.dispatch('rfc_check_digit_is_valid')(expression)) }}
{%- endmacro %}
{% macro default__rfc_check_digit_is_valid(expression) -%}
    {%- set padded = "lpad(" ~ expression ~ ", 13, ' ')" -%}
    {%- set terms = [] -%}
    {%- for place in range(1, 13) -%}
        {%- do terms.append(
            "(strpos('0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ', substr(" ~ padded ~ ', ' ~ place
            ~ ', 1)) - 1) * ' ~ (14 - place)
        ) -%}
    {%- endfor -%}
    right({{ expression }}, 1)
    = substr('0A987654321', ({{ terms | join(' + ') }}) % 11 + 1, 1)
{%- endmacro %}

{#- RFCs the SAT keeps for whoever has none, national or foreign: they identify nobody. -#}
{% macro generic_rfcs() -%}
    ('XAXX010101000', 'XEXX010101000')
{%- endmacro %}

{#- True where a name is that of several organizations: a second legal form after a conjunction, or
    the words for bidding jointly. A name with two legal forms and nothing between them is one. -#}
{% macro names_several_organizations(expression) -%}
    {{ return(adapter.dispatch('names_several_organizations')(expression)) }}
{%- endmacro %}
{% macro default__names_several_organizations(expression) -%}
    {%- set form = '(sa|sab|sapi|s de rl|sc|ac|sc de rl|spr de rl)( de cv| de ip| mi)?' -%}
    {#- Few names have a conjunction behind what may be a legal form: only those are made plain. -#}
    case
        when regexp_matches(
            {{ expression }},
            '(?i)conjunta|[ailcpv][., ]* (y|e|en \w+ con|[;/*]) |asociaci[oó]n con'
        )
            then regexp_matches(
                translate({{ plain_text(expression) }}, '.,', ''),
                '\b{{ form }} +(y|e|en asociacion con|en conjunto con|[;/*]) .*\b{{ form }}\b'
                || '|\b(propuesta|proposicion|participacion) conjunta\b'
            )
        else false
    end
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

{#- The same for the name of an organization: S.A. de C.V. and SA DE CV are one. -#}
{% macro name_slug(expression) -%}
    {{ slug("replace(" ~ expression ~ ", '.', '')") }}
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

{#- Absolute web address as a URI (RFC 3986), or null: blanks, accents and quotes in it become
    percent codes, what is encoded already stays. -#}
{% macro url_text(expression) -%}
    {{ return(adapter.dispatch('url_text')(expression)) }}
{%- endmacro %}
{% macro default__url_text(expression) -%}
    {%- set kept = [
        ('%3A', ':'), ('%2F', '/'), ('%3F', '?'), ('%23', '#'), ('%40', '@'), ('%21', '!'),
        ('%24', '$'), ('%26', '&'), ('%27', "''"), ('%28', '('), ('%29', ')'), ('%2A', '*'),
        ('%2B', '+'), ('%2C', ','), ('%3B', ';'), ('%3D', '='),
    ] -%}
    {%- set encoded = namespace(text='url_encode(' ~ expression ~ ')') -%}
    {%- for code, character in kept -%}
        {%- set to = "', '" ~ character ~ "')" -%}
        {%- set encoded.text = "replace(" ~ encoded.text ~ ", '" ~ code ~ to -%}
    {%- endfor -%}
    case
        when regexp_matches({{ expression }}, '^https?://([!#$&-;=?-Z_a-z~]|%[0-9A-Fa-f]{2})+$')
            then {{ expression }}
        when regexp_matches({{ expression }}, '(?i)^https?://[^\s]')
            then regexp_replace({{ encoded.text }}, '%25([0-9A-Fa-f]{2})', '%\1', 'g')
    end
{%- endmacro %}

{#- Repairs ------------------------------------------------------------------------------------ -#}

{#- The kind of repair that made a value of what a cell published, as SQL text; null for none.
    Kinds are those of pipelines/standards/repairs/repair.py. `published` is the cell, `cleaned`
    its clean_text, which the value was read from. A value that couldn't be read is no repair, a
    placeholder that became null is one. -#}

{#- Of a text: `repaired` is clean_text of the cell, or real_name of that. -#}
{% macro text_repair(published, repaired) -%}
    {{ return(adapter.dispatch('text_repair')(published, repaired)) }}
{%- endmacro %}
{% macro default__text_repair(published, repaired) -%}
    case
        when {{ published }} is not distinct from {{ repaired }} then null
        when {{ repaired }} is null
            then case when {{ clean_text(published) }} is not null then 'placeholder' end
        when regexp_matches({{ published }}, '^[\s\p{Z}\x{200B}\x{FEFF}'']*=') then 'formula'
        when regexp_matches({{ published }}, '^[\s\p{Z}\x{200B}\x{FEFF}]*''') then 'apostrophe'
        when {{ one_spaced(published) }} = {{ repaired }} then 'blanks'
        else 'code_form'
    end
{%- endmacro %}

{#- Of a date: `instant` is try_timestamp (or try_date) of `cleaned`. ISO 8601 may have a blank
    for its T and no offset: that is how every table of a database prints it. -#}
{% macro date_repair(published, cleaned, instant) -%}
    {{ return(adapter.dispatch('date_repair')(published, cleaned, instant)) }}
{%- endmacro %}
{% macro default__date_repair(published, cleaned, instant) -%}
    case
        when {{ published }} is null then null
        when {{ instant }} is null
            then case when {{ is_placeholder(cleaned) }} then 'placeholder' end
        when
            {{ cleaned }} like '____-__-__'
            or regexp_matches(
                {{ cleaned }},
                '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$'
            )
            then {{ text_repair(published, cleaned) }}
        else 'date_form'
    end
{%- endmacro %}

{#- Of an amount or another number: `amount` is try_decimal (or try_integer) of `cleaned`. -#}
{% macro money_repair(published, cleaned, amount) -%}
    {{ return(adapter.dispatch('money_repair')(published, cleaned, amount)) }}
{%- endmacro %}
{% macro default__money_repair(published, cleaned, amount) -%}
    case
        when {{ published }} is null then null
        when {{ amount }} is null
            then case when {{ is_placeholder(cleaned) }} then 'placeholder' end
        when regexp_matches({{ cleaned }}, '^[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?$')
            then {{ text_repair(published, cleaned) }}
        else 'money_form'
    end
{%- endmacro %}

{#- Of an RFC: `rfc` is clean_rfc of `cleaned`. -#}
{% macro rfc_repair(published, cleaned, rfc) -%}
    {{ return(adapter.dispatch('rfc_repair')(published, cleaned, rfc)) }}
{%- endmacro %}
{% macro default__rfc_repair(published, cleaned, rfc) -%}
    case
        when {{ published }} is not distinct from {{ rfc }} then null
        when {{ rfc }} is null or {{ rfc }} = {{ cleaned }} then {{ text_repair(published, rfc) }}
        else 'rfc_form'
    end
{%- endmacro %}

{#- One element of a `repairs` column as JSON text: {"kind", "path", "original", "repaired"} and
    "guess": true when it is one. All arguments are SQL expressions of text; null where `kind` is.
    -#}
{% macro repair_element(kind, path, original, repaired, guess=false) -%}
    {{ return(adapter.dispatch('repair_element')(kind, path, original, repaired, guess)) }}
{%- endmacro %}
{% macro default__repair_element(kind, path, original, repaired, guess) -%}
    case
        when {{ kind }} is not null
            then '{"kind":"' || {{ kind }}
                || '","path":' || coalesce({{ json_string(path) }}, 'null')
                || ',"original":' || coalesce({{ json_string(original) }}, 'null')
                || ',"repaired":' || coalesce({{ json_string(repaired) }}, 'null')
                || '{{ ',"guess":true' if guess }}}'
    end
{%- endmacro %}
