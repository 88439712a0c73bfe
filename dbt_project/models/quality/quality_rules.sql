{%- set told = [] -%}
{%- for family, found in rule_families().items() -%}
    {%- for rule_id, scopes in found.rules -%}
        {%- for scope in scopes -%}
            {%- do told.append((family, found.kind, rule_id, scope)) -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endfor -%}
{{ config(materialized='view') }}
-- Which rules each family evaluates and of which entities they speak (macro rule_families).
select
    family,
    kind,
    rule_id,
    scope
from (
    values
    {%- for family, kind, rule_id, scope in told %}
    ('{{ family }}', '{{ kind }}', '{{ rule_id }}', '{{ scope }}')
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
) as rules (family, kind, rule_id, scope)
