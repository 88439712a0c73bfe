{#- One row per combination of these columns, none of them null but the `nullable`. Each model has this one test. `keys`: the table that
    holds these columns of every row of a view over large texts, which would be read again to be counted. Rows that are
    kept from an earlier build were tested then: those made by this one are, and that none of them is kept as well. -#}
{% test grain(model, columns, keys=none, nullable=[]) %}
{%- set has_kept = is_kept(model.identifier) %}
with made as (
    select {{ columns | join(', ') }}
    from {{ rebuilt_of(model) if has_kept else (keys or model) }}
),

keys as (
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from made
    group by {{ columns | join(', ') }}
)

select *
from keys
where
    row_count > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{%- if has_kept %}
union all
select
    {%- for column in columns %}
    made.{{ column }},
    {%- endfor %}
    2 as row_count
from made
inner join kept.{{ model.identifier }} as kept
    on
        {%- for column in columns %}
        {% if not loop.first %}and {% endif %}made.{{ column }} is not distinct from kept.{{ column }}
        {%- endfor %}
{%- endif %}
{% endtest %}
