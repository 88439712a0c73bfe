{%- set local = families_of('local') -%}
{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- What is said of one entity whatever the others are: all local families and Python in one row, so that counting doesn't
-- read each family again.
with entities as (
    select
        slice_id,
        source_id,
        scope,
        entity_key,
        agency_id,
        agency,
        period
    from {{ changed('quality_entities') }}
),

record_failures as (
    select
        slice_id,
        entity_key,
        {{ counted_failures('rule_id', 'failures') }} as failures
    from {{ source('rebuilt', 'record_failures') }}
    group by slice_id, entity_key
)

select
    entities.slice_id,
    entities.source_id,
    entities.scope,
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
            {{ list_length(family ~ '.failures') }} > 0 or
            {%- endfor %}
            {{ list_length('record_failures.failures') }} > 0
        then
            flatten([
                {%- for family in local %}
                {{ failure_counts(family ~ '.failures') }},
                {%- endfor %}
                record_failures.failures
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
left join record_failures
    on entities.slice_id = record_failures.slice_id and entities.entity_key = record_failures.entity_key
