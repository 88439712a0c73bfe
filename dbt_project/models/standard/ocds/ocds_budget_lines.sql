{%- set measures = {
    'approved_amount': 'approved',
    'modified_amount': 'modified',
    'committed_amount': 'committed',
    'accrued_amount': 'accrued',
    'executed_amount': 'executed',
    'paid_amount': 'paid',
} -%}
{%- set components = {
    'branch_code': 'branch',
    'responsible_unit_code': 'responsibleUnit',
    'budget_program_code': 'budgetProgram',
    'spending_object_code': 'spendingObject',
} -%}
{%- set places = [
    ('planning', 'planning.budget.budgetBreakdown[]'),
    ('planning', 'planning.budgetBreakdown[]'),
    ('implementation', 'contracts[].implementation.budgetBreakdown[]'),
] -%}
with breakdowns as (
    {{ ocds_elements(places) }}
),

filled_breakdowns as (
    select
        breakdowns.*,
        additional.additional_fields as breakdown_additional_fields
    from breakdowns
    {{ with_additional_fields('breakdowns', places) }}
),

-- A breakdown without lines keeps a row of its own, so that its amount isn't lost.
lines as (
    select
        * exclude (path),
        path || coalesce('/budgetLines/' || position, '') as path
    from (
        select
            *,
            {{ unnested('element.budgetLines', 'line', 'position') }}
        from filled_breakdowns
        union all
        select
            *,
            null as line,
            null as position
        from filled_breakdowns
        where {{ list_length('element.budgetLines') }} = 0
    ) as numbered
)

select
    lines.slice_id,
    lines.source_id,
    lines.ocid,
    lines.path,
    {{ filled('element.id') }} as breakdown_id,
    {{ filled('element.description') }} as breakdown_description,
    {{ try_decimal('element.amount.amount') }} as breakdown_amount,
    {{ filled('element.amount.currency') }} as breakdown_currency,
    {{ filled('element.sourceParty.id') }} as source_party_id,
    {{ filled('element.sourceParty.name') }} as source_party_name,
    {{ filled('line.id') }} as budget_line_id,
    {%- for column, name in components.items() %}
    {{ filled(list_find('line.components', 'name', "'" ~ name ~ "'", 'code') ~ '.code') }}
        as {{ column }},
    {%- endfor %}
    {#- A measure is published again each quarter: the last amount of the list counts. #}
    {%- for column, name in measures.items() %}
    {{ try_decimal(
        list_find('line.measures', 'id', "'" ~ name ~ "'", 'value.amount') ~ '.value.amount'
    ) }} as {{ column }},
    {%- endfor %}
    stage,
    parent_id,
    {{ try_decimal('element.amount.netAmount') }} as breakdown_net_amount,
    {{ filled('element.uri') }} as breakdown_uri,
    {{ try_timestamp('element.period.startDate') }} as period_start,
    {{ try_timestamp('element.period.endDate') }} as period_end,
    {{ try_timestamp('element.period.maxExtentDate') }} as period_max_end,
    {{ try_integer('element.period.durationInDays') }} as period_days,
    breakdown_additional_fields,
    additional.additional_fields
from lines
left join {{ source('rebuilt', 'additional_fields') }} as additional
    on
        lines.slice_id = additional.slice_id
        and lines.ocid = additional.ocid
        and lines.path = additional.path
        and lines.position is not null
