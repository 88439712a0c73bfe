{#- The common parts of the quality models: from the places a rule looks at to one verdict for each rule and
    entity. A rule looks at no place of an entity: not applicable; at some and all are right: pass; else fail
    (the semantics of Pelican). What the rules say to people is in pipelines/quality/rules/, which rules a
    family has and of what they speak in quality_families.sql. -#}

{#- Columns that a rule's block selects: one row for each place the rule looks at.
    ok: condition, unknown counts as not met; path: JSON pointer; value: what stands there;
    of: the joined relation that names slice and entity; entity_key: what tells entities of a slice apart.
    Path and value are made where the place fails only: most don't, and texts are what costs. Where the condition asks
    another table (DuckDB can't name it again then) they are made everywhere. -#}
{% macro place(rule_id, ok, path, value='null', of=none, entity_key='ocid') -%}
    {%- set prefix = of ~ '.' if of is not none else '' -%}
    cast({{ rule_numbers()[rule_id] }} as utinyint) as rule_number,
    {{ prefix }}slice_id as slice_id,
    {{ prefix }}{{ entity_key }} as entity_key,
    coalesce({{ ok }}, false) as ok,
    {%- if 'select' in ok %}
    {{ path }} as path,
    left(cast({{ value }} as varchar), 200) as value
    {%- else %}
    case when not ok then {{ path }} end as path,
    case when not ok then left(cast({{ value }} as varchar), 200) end as value
    {%- endif %}
{%- endmacro %}

{#- Query: the rows of a model that this build made. A family whose verdicts depend on one entity alone reads its
    tables so, and is given the verdicts on the others (macro keep_unchanged). -#}
{% macro changed(model_name) -%}
    {%- set all_rows = ref(model_name) -%}
    {{ return(rebuilt_of(all_rows) if is_kept(model_name) else all_rows) }}
{%- endmacro %}

{#- Query: the rows of the families of these kinds. -#}
{% macro family_verdicts(kinds=['local', 'wide', 'denying']) -%}
    {%- set chosen = [] -%}
    {%- for kind in kinds %}{% do chosen.extend(families_of(kind)) %}{% endfor -%}
    {%- for family in chosen %}
    select
        slice_id,
        entity_key,
        passed,
        {{ 'not_applicable' if family in families_of('denying') else "''" }} as not_applicable,
        failures
    from {{ ref(family) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- Expression: a list of failures with the rule and how many places fail only. -#}
{% macro failure_counts(failures) -%}
    {{ return(adapter.dispatch('failure_counts')(failures)) }}
{%- endmacro %}
{% macro default__failure_counts(failures) -%}
    list_transform(
        {{ failures }}, lambda one: struct_pack(rule_id := one.rule_id, failures := one.failures)
    )
{%- endmacro %}

{#- Aggregate: the same list, of rows with a rule and how many places fail. -#}
{% macro counted_failures(rule_id, failures) -%}
    {{ return(adapter.dispatch('counted_failures')(rule_id, failures)) }}
{%- endmacro %}
{% macro default__counted_failures(rule_id, failures) -%}
    list(struct_pack(rule_id := {{ rule_id }}, failures := {{ failures }}) order by {{ rule_id }})
{%- endmacro %}

{#- Query: the verdicts of a family over the CTE `places` (see above), one row for each entity that any of its rules
    looks at: the rules it passes, as text, and its failures with how many places fail and the one whose path comes
    first. Every place is read once; rules are told apart by bits, so that what is grouped is short. -#}
{% macro verdicts(family) -%}
    {{ return(adapter.dispatch('verdicts')(family)) }}
{%- endmacro %}
{% macro default__verdicts(family) -%}
{%- set found = rule_families()[family] -%}
{%- set rules = found.denies if found.kind == 'denying' else found.rules | map('first') | list -%}
{%- set numbers = rule_numbers() -%}
{%- set used = [] -%}
{%- for rule_id in rules %}{% do used.append(numbers[rule_id]) %}{% endfor -%}
{%- set lowest = used | min -%}
{%- if (used | max) - lowest > 63 -%}
    {{ exceptions.raise_compiler_error('A family has 64 rules at most, and they stand together: ' ~ family) }}
{%- endif -%}
select
    slice_id,
    entity_key,
    concat_ws(
        ',',
        {%- for rule_id in rules %}
        case when passed_bits & {{ 2 ** (numbers[rule_id] - lowest) }} <> 0 then '{{ rule_id }}' end
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    ) as passed,
    list_transform(
        list_sort(list_distinct(list_transform(failing, lambda one: one.rule_number))),
        lambda number: struct_pack(
            rule_id := case number
                {%- for rule_id in rules %}
                when {{ numbers[rule_id] }} then '{{ rule_id }}'
                {%- endfor %}
            end,
            failures := cast(len(list_filter(failing, lambda one: one.rule_number = number)) as integer),
            path := nullif(list_filter(failing, lambda one: one.rule_number = number)[1].path, ''),
            value := nullif(list_filter(failing, lambda one: one.rule_number = number)[1].value, '')
        )
    ) as failures
from (
    select
        slice_id,
        entity_key,
        bit_or(rule_bit) - coalesce(bit_or(rule_bit) filter (where not ok), 0) as passed_bits,
        list_sort(
            list(
                struct_pack(
                    rule_number := rule_number,
                    path := coalesce(path, ''),
                    value := coalesce(value, '')
                )
            ) filter (where not ok)
        ) as failing
    from (
        select
            *,
            cast(1 as ubigint) << (rule_number - {{ lowest }}) as rule_bit
        from places
    ) as numbered
    group by slice_id, entity_key
) as grouped
{%- endmacro %}

{#- Query: what a family that denies tells, from a CTE `places` of rows that fail. not_applicable: a rule that doesn't
    speak, whatever a local family said, of the processes (slice_id, ocid) in a CTE `incomparable`. -#}
{% macro denials(family, not_applicable=none) -%}
{%- if not_applicable is none -%}
select
    *,
    '' as not_applicable
from ({{ verdicts(family) }}) as denied
{%- else -%}
select
    coalesce(denied.slice_id, incomparable.slice_id) as slice_id,
    coalesce(denied.entity_key, incomparable.ocid) as entity_key,
    '' as passed,
    denied.failures,
    case when incomparable.ocid is null then '' else '{{ not_applicable }}' end as not_applicable
from ({{ verdicts(family) }}) as denied
full join incomparable
    on denied.slice_id = incomparable.slice_id and denied.entity_key = incomparable.ocid
{%- endif -%}
{%- endmacro %}

{#- Day in Mexico City of a UTC instant. Sources that give days only are compared by day. -#}
{% macro civil_day(instant) -%}
    cast({{ in_mexico_city(instant) }} as date)
{%- endmacro %}

{#- What stands around the first accent of a text that was decoded twice (Ã“, Ã¡, Â°) or was lost (U+FFFD); null of a
    sound text. -#}
{% macro damaged_accents(expression) -%}
    {{ return(adapter.dispatch('damaged_accents')(expression)) }}
{%- endmacro %}
{% macro default__damaged_accents(expression) -%}
    {%- set pattern = '\\x{FFFD}|[ÃÂ][\\x{0080}-\\x{00BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]' -%}
    {#- Looking for the letters that such a text must hold costs a tenth of the pattern. -#}
    case
        when
            contains({{ expression }}, 'Ã') or contains({{ expression }}, 'Â') or contains({{ expression }}, chr(65533))
            then nullif(regexp_extract({{ expression }}, '[^"]{0,40}({{ pattern }})[^"]{0,40}'), '')
    end
{%- endmacro %}

{#- Lateral table function: the text members of these names at any depth of a JSON text, each as it is written
    ("name": "value"). -#}
{% macro json_members(json, names, alias) -%}
    {{ return(adapter.dispatch('json_members')(json, names, alias)) }}
{%- endmacro %}
{% macro default__json_members(json, names, alias) -%}
    unnest(
        regexp_extract_all({{ json }}, '"({{ names | join('|') }})"\s*:\s*"[^"]*"')
    ) as {{ alias }} (member)
{%- endmacro %}

{#- False of most JSON texts in which nothing is empty: without a sign of an empty or blank text, list or object or a null
    there is none. Ours have no blanks between their parts. -#}
{% macro json_may_hold_empty(json) -%}
    {{ return(adapter.dispatch('json_may_hold_empty')(json)) }}
{%- endmacro %}
{% macro default__json_may_hold_empty(json) -%}
    {#- With the colon they are found in a third of the time: quotes stand everywhere. -#}
    (
        {%- for sign in [':""', ':" ', ':[]', ':{}', ':null'] %}
        contains({{ json }}, '{{ sign }}')
        {%- if not loop.last %} or{% endif %}
        {%- endfor %}
    )
{%- endmacro %}

{#- List of the names of the members of a JSON text, at any depth, that hold nothing: "", blanks, [], {}, null or an
    object of nulls, whose members aren't told once more. -#}
{% macro json_empty_members(json) -%}
    {{ return(adapter.dispatch('json_empty_members')(json)) }}
{%- endmacro %}
{% macro default__json_empty_members(json) -%}
    regexp_extract_all({{ json }}, '"([^"\\]+)"\s*:\s*(?:"\s*"|\[\s*\]|{{ hollow_object() }}|null)', 1)
{%- endmacro %}
{#- Pattern of {} and of an object of nulls. -#}
{% macro hollow_object() -%}
    \{\s*(?:"[^"\\]+"\s*:\s*null\s*,?\s*)*\}
{%- endmacro %}

{#- What the rules that compare parties and contracts over processes ask of one (quality_ocds_plausibility), and what they
    compare (quality_ocds_parties). -#}

{#- Condition on ocds_parties: a name, and the RFC of a company (those that many share have the form of a natural person's)
    or, of a natural person, its pseudonym. -#}
{% macro has_name_and_rfc() -%}
    name is not null
    and identifier_id is not null
    and (
        identifier_scheme = 'MX-TEQUIO'
        or (identifier_scheme in ('MX-RFC', 'RFC') and {{ is_rfc_of_company('identifier_id') }})
    )
{%- endmacro %}

{#- A name without blanks, accents, dots and case, which make no other name. -#}
{% macro name_key(name) -%}
    regexp_replace(upper(strip_accents({{ name }})), '[^A-Z0-9]+', '', 'g')
{%- endmacro %}

{#- Condition on ocds_contracts: signed, under a number that tells contracts apart. Short ones begin anew each year. -#}
{% macro has_long_number() -%}
    length(contract_id) >= 5 and date_signed is not null
{%- endmacro %}
