{%- set local = families_of('local') -%}
{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- What is said of one entity whatever the others are: all local families and Python in one row, so that counting doesn't
-- read each family again.
with entities as (
    select
        slice_id,
        source_id,
        entity_key,
        agency_id,
        agency,
        period
    from {{ changed('quality_entities') }}
)

select
    entities.slice_id,
    entities.source_id,
    entities.entity_key,
    entities.agency_id,
    entities.agency,
    entities.period,
    concat_ws(
        ','
        {%- for family in local %},
        nullif({{ family }}.passed, '')
        {%- endfor %},
        nullif(records.passed, '')
    ) as passed,
    coalesce(records.not_applicable, '') as not_applicable,
    -- Most entities fail nothing, and lists are what costs.
    case
        when
            {%- for family in local %}
            {{ list_length(family ~ '.failures') }} > 0
            {%- if not loop.last %} or{% endif %}
            {%- endfor %}
        then
            flatten([
                {%- for family in local %}
                {{ failure_counts(family ~ '.failures') }}
                {%- if not loop.last %},{% endif %}
                {%- endfor %}
            ])
        else {{ list_of([]) }}
    end as failures
from entities
{%- for family in local %}
left join {{ changed(family) }} as {{ family }}
    on entities.slice_id = {{ family }}.slice_id and entities.entity_key = {{ family }}.entity_key
{%- endfor %}
left join {{ source('rebuilt', 'record_verdicts') }} as records
    on entities.slice_id = records.slice_id and entities.entity_key = records.entity_key
