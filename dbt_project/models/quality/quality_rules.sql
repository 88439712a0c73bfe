{{ config(materialized='view') }}
-- Which rules each family evaluates and of which entities they speak (macro rule_families).
select
    family,
    kind,
    rule_id,
    scope
from (
    values
    {%- for family, found in rule_families().items() %}
    {%- set is_last_family = loop.last %}
    {%- for rule_id, scopes in found.rules %}
    {%- set is_last_rule = loop.last %}
    {%- for scope in scopes %}
    ('{{ family }}', '{{ found.kind }}', '{{ rule_id }}', '{{ scope }}')
    {%- if not (is_last_family and is_last_rule and loop.last) %},{% endif %}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
) as rules (family, kind, rule_id, scope)
