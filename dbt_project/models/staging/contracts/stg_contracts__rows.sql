{#- The families whose rows are contracts; sipot rows also speak for records of child tables. -#}
{%- set models = {
    'compranet': 'stg_compranet__contracts',
    'contract_sheets': 'stg_contract_sheets__contracts',
    'sipot': 'stg_sipot__contracts',
} -%}
{%- for family, model in models.items() %}
select
    '{{ family }}' as family,
    {{ contract_columns() | join(',\n    ') }},
    {{ 'child_positions' if family == 'sipot' else 'cast(null as varchar) as child_positions' }}
from {{ ref(model) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
