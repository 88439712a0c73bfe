{#- Rules about sets of fields: one place for each object, which names all that it lacks. -#}

{#- Columns of a rule's block (macro place) over rows of objects: every field of the set is there.
    base: SQL of the object's JSON pointer; fields: what follows it -> condition, which is unknown or false
    where the field is missing. The path is that of the first missing field, the value names all. -#}
{% macro place_of_fields(rule_id, base, fields, of=none) -%}
    {%- set present, first, names = [], [], [] -%}
    {%- for field, condition in fields.items() -%}
        {%- set missing = '(' ~ condition ~ ') is not true' -%}
        {%- do present.append('coalesce(' ~ condition ~ ', false)') -%}
        {%- do first.append('when ' ~ missing ~ " then '/" ~ field ~ "'") -%}
        {%- do names.append('case when ' ~ missing ~ " then '" ~ field ~ "' end") -%}
    {%- endfor -%}
    {{ place(
        rule_id,
        ok=present | join(' and '),
        path=base ~ ' || case ' ~ first | join(' ') ~ ' end',
        value="concat_ws(', ', " ~ names | join(', ') ~ ')',
        of=of,
    ) }}
{%- endmacro %}
