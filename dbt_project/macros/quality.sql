{#- The common parts of the quality models: from the places a rule looks at to one result for each rule and
    entity. A rule looks at no place of an entity: not applicable; at some and all are right: pass; else fail
    (the semantics of Pelican). What the rules say to people is in pipelines/quality/rules.yaml. -#}

{#- Columns that a rule's block selects: one row for each place the rule looks at.
    ok: condition, unknown counts as not met; path: JSON pointer; value: what stands there;
    of: the joined relation that names slice and entity; entity_key: what tells entities of a slice apart. -#}
{% macro place(rule_id, ok, path, value='null', of=none, entity_key='ocid') -%}
    {%- set prefix = of ~ '.' if of is not none else '' -%}
    '{{ rule_id }}' as rule_id,
    {{ prefix }}slice_id as slice_id,
    {{ prefix }}{{ entity_key }} as entity_key,
    coalesce({{ ok }}, false) as ok,
    {{ path }} as path,
    cast({{ value }} as varchar) as value
{%- endmacro %}

{#- Query: the results of the rules over the CTEs `entities` (slice_id, source_id, scope, entity_type,
    entity_key, entity_id, raw_sha256, page, position) and `places` (see above).
    `rules` is a list of (rule id, scope); scope 'all' speaks of every entity. Of several failures the one
    whose path comes first as text is shown. -#}
{% macro rule_results(rules) -%}
    {{ return(adapter.dispatch('rule_results')(rules)) }}
{%- endmacro %}
{% macro default__rule_results(rules) -%}
select
    rules.rule_id,
    entities.slice_id,
    entities.source_id,
    entities.entity_type,
    entities.entity_id,
    case
        when tallies.failures is null then 'na'
        when tallies.failures = 0 then 'pass'
        else 'fail'
    end as result,
    cast(coalesce(tallies.failures, 0) as integer) as failures,
    nullif(split_part(tallies.first_failure, chr(31), 1), '') as path,
    nullif(left(split_part(tallies.first_failure, chr(31), 2), 200), '') as value,
    entities.raw_sha256,
    cast(entities.page as integer) as page,
    entities.position
from entities
inner join (
    values
    {%- for rule_id, scope in rules %}
    ('{{ rule_id }}', '{{ scope }}')
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
) as rules (rule_id, scope)
    on rules.scope in ('all', entities.scope)
left join (
    select
        rule_id,
        slice_id,
        entity_key,
        sum(case when ok then 0 else 1 end) as failures,
        min(
            case when not ok then coalesce(path, '') || chr(31) || coalesce(value, '') end
        ) as first_failure
    from places
    group by rule_id, slice_id, entity_key
) as tallies
    on
        rules.rule_id = tallies.rule_id
        and entities.slice_id = tallies.slice_id
        and entities.entity_key = tallies.entity_key
{%- endmacro %}

{#- Query: contracting processes as entities of the rules. -#}
{% macro process_entities() -%}
    select
        slice_id,
        source_id,
        'ocds' as scope,
        'ocid' as entity_type,
        ocid as entity_key,
        ocid as entity_id,
        {{ json_text('positions', '$[0].raw_sha256') }} as raw_sha256,
        {{ try_integer(json_text('positions', '$[0].page')) }} as page,
        {{ json_text('positions', '$[0].position') }} as position
    from {{ ref('ocds_processes') }}
{%- endmacro %}

{#- Day in Mexico City of a UTC instant. Sources that give days only are compared by day. -#}
{% macro civil_day(instant) -%}
    cast({{ in_mexico_city(instant) }} as date)
{%- endmacro %}

{#- True where a text holds accents that were decoded twice (Ã“, Ã¡, Â°) or were lost (U+FFFD). -#}
{% macro has_damaged_accents(expression) -%}
    {{ return(adapter.dispatch('has_damaged_accents')(expression)) }}
{%- endmacro %}
{% macro default__has_damaged_accents(expression) -%}
    regexp_matches({{ expression }}, '{{ damaged_accents_pattern() }}')
{%- endmacro %}
{% macro damaged_accents_pattern() -%}
    \x{FFFD}|[ÃÂ][\x{0080}-\x{00BF}€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]
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
