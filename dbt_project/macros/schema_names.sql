{#- A model's schema is the name of its layer, without the target's prefix: dbt's default would
    name it main_staging. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name is not none else target.schema }}
{%- endmacro %}
