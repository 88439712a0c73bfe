{#- One row per combination of these columns, none of them null but the `nullable`. Each model has this one test. `keys`: the table that
    holds these columns of every row of a view over large texts, which would be read again to be counted. -#}
{% test grain(model, columns, keys=none, nullable=[]) %}
with keys as (
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ keys or model }}
    group by {{ columns | join(', ') }}
)

select *
from keys
where
    row_count > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
