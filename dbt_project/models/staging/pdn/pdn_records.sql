{%- for model in ['stg_pdn_s1__records', 'stg_pdn_v1__records', 'stg_pdn_v2__records'] %}
select * from {{ ref(model) }}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
