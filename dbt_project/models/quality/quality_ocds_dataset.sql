{#- Codes that a source which publishes whole processes uses, none hardly ever and none nearly always. -#}
{%- set expected_codes = [
    ('OCDS-T01', 'tender_status', 'active', '/tender/status'),
    ('OCDS-T01', 'tender_status', 'complete', '/tender/status'),
    ('OCDS-T02', 'procurement_method', 'open', '/tender/procurementMethod'),
    ('OCDS-T03', 'awards_status', 'active', '/awards/status'),
    ('OCDS-T04', 'contracts_status', 'active', '/contracts/status'),
    ('OCDS-T04', 'contracts_status', 'terminated', '/contracts/status'),
    ('OCDS-T05', 'milestone_status', 'met', '/milestones/status'),
] -%}
{%- set sections = [
    ('tender', '/tender/value', 'OCDS-T07', 'OCDS-T10'),
    ('awards', '/awards/value', 'OCDS-T08', 'OCDS-T11'),
    ('contracts', '/contracts/value', 'OCDS-T09', 'OCDS-T12'),
] -%}
-- Each source as a whole: how codes, amounts and buyers are distributed over its processes, and whether the processes
-- it names as related are there. The checks of Pelican on data sets.
with measures as (
    select * from {{ ref('quality_measures') }}
),

code_measures as (
    select distinct
        slice_id,
        source_id,
        measure
    from measures
    where measure in ({% for _, measure, _, _ in expected_codes %}'{{ measure }}'
        {%- if not loop.last %}, {% endif %}{% endfor %})
),

{% for rule_id in ['OCDS-T01', 'OCDS-T02', 'OCDS-T03', 'OCDS-T04', 'OCDS-T05'] -%}
{%- set block = rule_id[5:] | lower -%}
-- {{ rule_id }}: each of these codes is used in 0.1 to 99 % of the cases.
{{ block }} as (
    {%- for code_rule, measure, code, path in expected_codes if code_rule == rule_id %}
    select
        {{ place(
            rule_id,
            ok='coalesce(measures.share, 0) between 0.001 and 0.99',
            path="'" ~ path ~ "'",
            value="'" ~ code ~ ": ' || round(100 * coalesce(measures.share, 0), 1) || ' %'",
            of='code_measures',
            entity_key='source_id',
        ) }}
    from code_measures
    left join measures
        on
            code_measures.slice_id = measures.slice_id
            and code_measures.measure = measures.measure
            and measures.item = '{{ code }}'
    where code_measures.measure = '{{ measure }}'
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

{% endfor -%}
-- OCDS-T06: no category holds more than 95 % of the processes.
t06 as (
    select
        {{ place(
            'OCDS-T06',
            ok='share <= 0.95',
            path="'/tender/mainProcurementCategory'",
            value="item || ': ' || round(100 * share, 1) || ' %'",
            entity_key='source_id',
        ) }}
    from measures
    where measure = 'main_procurement_category'
    qualify row_number() over (partition by slice_id order by share desc, item) = 1
),

{% for section, path, rule_id, _ in sections -%}
-- {{ rule_id }}: of a hundred amounts or more the highest hundredth isn't more than all others together.
{{ rule_id[5:] | lower }} as (
    select
        {{ place(
            rule_id,
            ok='share <= 0.5',
            path="'" ~ path ~ "'",
            value="'1 %: ' || round(100 * share, 1) || ' % (' || value || ' ' || detail || ')'",
            entity_key='source_id',
        ) }}
    from measures
    where
        measure = '{{ section }}_value'
        and item = '0_1'
        and total >= 100
        and share is not null
),

{% endfor -%}
{% for section, path, _, rule_id in sections -%}
-- {{ rule_id }}: the three most frequent amounts are less than a tenth of all.
{{ rule_id[5:] | lower }} as (
    select
        {{ place(
            rule_id,
            ok='sum(share) < 0.1',
            path="'" ~ path ~ "'",
            value="string_agg(item || ': ' || percent || ' %', '; ' order by share desc, item)",
            entity_key='source_id',
        ) }}
    from (
        select
            *,
            round(100 * share, 1) as percent
        from measures
        where measure = '{{ section }}_value_repetition'
        qualify row_number() over (partition by slice_id order by value desc, item) <= 3
    ) as most_frequent
    group by slice_id, source_id
),

{% endfor -%}
-- OCDS-T13: of a thousand processes with a buyer or more fewer than half of the buyers have one process only.
t13 as (
    select
        {{ place(
            'OCDS-T13',
            ok="coalesce(sum(share) filter (where item = '1'), 0) < 0.5",
            path="'/buyer/id'",
            value="round(100 * sum(share) filter (where item = '1'), 1) || ' %'",
            entity_key='source_id',
        ) }}
    from measures
    where measure = 'buyer'
    group by slice_id, source_id
    having max(total) >= 1000
),

-- OCDS-T14: the buyer with most processes has more than 1 % and less than half of them.
t14 as (
    select
        {{ place(
            'OCDS-T14',
            ok='share > 0.01 and share < 0.5',
            path="'/buyer/id'",
            value="item || ': ' || round(100 * share, 1) || ' %'",
            entity_key='source_id',
        ) }}
    from measures
    where measure = 'buyer_repetition' and total >= 1000
    qualify row_number() over (partition by slice_id order by value desc, item) = 1
),

related as (
    select
        related_processes.slice_id,
        related_processes.source_id,
        related_processes.ocid,
        related_processes.path,
        related_processes.identifier,
        related_processes.title,
        processes.ocid as found_ocid,
        processes.title as found_title
    from {{ ref('ocds_related_processes') }} as related_processes
    left join {{ ref('ocds_processes') }} as processes
        on
            related_processes.slice_id = processes.slice_id
            and related_processes.identifier = processes.ocid
    where related_processes.scheme = 'ocid' and related_processes.identifier is not null
),

-- OCDS-T15: a related process that is named by its ocid is published.
t15 as (
    select
        {{ place(
            'OCDS-T15',
            ok='found_ocid is not null',
            path="path || '/identifier'",
            value="ocid || ' → ' || identifier",
            entity_key='source_id',
        ) }}
    from related
),

-- OCDS-T16: the title it is given is the title it has.
t16 as (
    select
        {{ place(
            'OCDS-T16',
            ok='title = found_title',
            path="path || '/title'",
            value="ocid || ' → ' || title || ' ≠ ' || found_title",
            entity_key='source_id',
        ) }}
    from related
    where title is not null and found_title is not null
),

places as (
    {%- for number in range(1, 17) %}
    select * from t{{ '%02d' % number }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_dataset') }}
