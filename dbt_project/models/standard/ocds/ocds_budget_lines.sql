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
with compiled as (
    select * from {{ source('public_view', 'ocds_compiled') }}
),

breakdowns as (
    select
        slice_id,
        source_id,
        ocid,
        '/planning/budget/budgetBreakdown/' || (breakdown.position - 1) as path,
        breakdown.element as breakdown
    from compiled
    cross join {{
        explode_json('compiled.compiled', '$.planning.budget.budgetBreakdown', 'breakdown')
    }}
    where {{ json_is_object('breakdown.element') }}
),

lines as (
    select
        slice_id,
        source_id,
        ocid,
        path as breakdown_path,
        path || '/budgetLines/' || (line.position - 1) as path,
        line.element as line
    from breakdowns
    cross join {{ explode_json('breakdown', '$.budgetLines', 'line') }}
    where {{ json_is_object('line.element') }}
),

-- A measure is published again each quarter: the last one of the list counts.
line_measures as (
    select
        slice_id,
        ocid,
        path,
        {%- for column, name in measures.items() %}
        max_by(amount, position) filter (measure = '{{ name }}') as {{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from (
        select
            slice_id,
            ocid,
            path,
            measure.position,
            {{ json_text('measure.element', '$.id') }} as measure,
            {{ try_decimal(json_text('measure.element', '$.value.amount')) }} as amount
        from lines
        cross join {{ explode_json('line', '$.measures', 'measure') }}
    ) as measures
    group by slice_id, ocid, path
),

line_components as (
    select
        slice_id,
        ocid,
        path,
        {%- for column, name in components.items() %}
        max_by(code, position) filter (component = '{{ name }}') as {{ column }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from (
        select
            slice_id,
            ocid,
            path,
            component.position,
            {{ json_text('component.element', '$.name') }} as component,
            {{ json_text('component.element', '$.code') }} as code
        from lines
        cross join {{ explode_json('line', '$.components', 'component') }}
    ) as components
    group by slice_id, ocid, path
)

-- A breakdown without lines keeps a row of its own, so that its amount isn't lost.
select
    breakdowns.slice_id,
    breakdowns.source_id,
    breakdowns.ocid,
    coalesce(lines.path, breakdowns.path) as path,
    {{ json_text('breakdowns.breakdown', '$.id') }} as breakdown_id,
    {{ json_text('breakdowns.breakdown', '$.description') }} as breakdown_description,
    {{ try_decimal(json_text('breakdowns.breakdown', '$.amount.amount')) }} as breakdown_amount,
    {{ json_text('breakdowns.breakdown', '$.amount.currency') }} as breakdown_currency,
    {{ json_text('breakdowns.breakdown', '$.sourceParty.id') }} as source_party_id,
    {{ json_text('breakdowns.breakdown', '$.sourceParty.name') }} as source_party_name,
    {{ json_text('lines.line', '$.id') }} as budget_line_id,
    {%- for column in components %}
    line_components.{{ column }},
    {%- endfor %}
    {%- for column in measures %}
    line_measures.{{ column }}
    {%- if not loop.last %},{% endif %}
    {%- endfor %}
from breakdowns
left join lines
    on
        breakdowns.slice_id = lines.slice_id
        and breakdowns.ocid = lines.ocid
        and breakdowns.path = lines.breakdown_path
left join line_measures
    on
        lines.slice_id = line_measures.slice_id
        and lines.ocid = line_measures.ocid
        and lines.path = line_measures.path
left join line_components
    on
        lines.slice_id = line_components.slice_id
        and lines.ocid = line_components.ocid
        and lines.path = line_components.path
