{#- Territory: spellings of Mexican places. The keys are INEGI's; names and spellings stand in the
    seeds entities, entity_names and municipalities. -#}

{#- How sources write the country, as plain_label makes it. -#}
{% macro names_of_mexico() -%}
    ('mexico', 'mx', 'mex', 'estados unidos mexicanos', 'republica mexicana', 'mexico mx')
{%- endmacro %}
