{#- Codes whose distribution is told: measure -> where they stand, and the rule whose verdict rests on it. -#}
{%- set code_measures = {
    'tender_status': (ref('ocds_tenders'), 'status', 'true', 'OCDS-T01'),
    'procurement_method': (ref('ocds_tenders'), 'procurement_method', 'true', 'OCDS-T02'),
    'awards_status': (ref('ocds_awards'), 'status', 'true', 'OCDS-T03'),
    'contracts_status': (ref('ocds_contracts'), 'status', 'true', 'OCDS-T04'),
    'milestone_status': (ref('ocds_milestones'), 'status', 'true', 'OCDS-T05'),
    'main_procurement_category': (
        ref('ocds_tenders'), 'main_procurement_category', 'true', 'OCDS-T06'
    ),
    'award_criteria': (ref('ocds_tenders'), 'award_criteria', 'true', none),
    'submission_method': (
        ref('ocds_tenders'), "unnest(string_split(submission_method, ','))", 'true', none
    ),
    'milestone_type': (ref('ocds_milestones'), 'milestone_type', 'true', none),
    'document_type': (
        ref('ocds_documents'), 'document_type', "milestone_id is null and stage <> 'bid'", none
    ),
    'related_process_relation': (
        ref('ocds_related_processes'), "unnest(string_split(relationship, ','))", 'true', none
    ),
} -%}
{#- Amounts whose distribution and repetition is told: section -> table, and the two rules. -#}
{%- set amount_measures = {
    'tender': (ref('ocds_tenders'), 'OCDS-T07', 'OCDS-T10'),
    'awards': (ref('ocds_awards'), 'OCDS-T08', 'OCDS-T11'),
    'contracts': (ref('ocds_contracts'), 'OCDS-T09', 'OCDS-T12'),
} -%}
-- What the rules about a source as a whole rest on: how codes, amounts and buyers are distributed over its contracting
-- processes. Few columns of each table are read, because this is made anew in every build.
with codes as (
    {%- for measure, (relation, code, condition, _) in code_measures.items() %}
    select
        slice_id,
        source_id,
        '{{ measure }}' as measure,
        {{ code }} as item
    from {{ relation }}
    where {{ condition }}
    union all
    {%- endfor %}
    {%- for relation, column in [
        (ref('ocds_tenders'), 'currency'),
        (ref('ocds_tenders'), 'min_currency'),
        (ref('ocds_awards'), 'currency'),
        (ref('ocds_contracts'), 'currency'),
        (ref('ocds_processes'), 'budget_currency'),
        (ref('ocds_transactions'), 'currency'),
    ] %}
    select
        slice_id,
        source_id,
        'value_currency' as measure,
        {{ column }} as item
    from {{ relation }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

code_counts as (
    select
        slice_id,
        source_id,
        measure,
        item,
        count(*) as item_count
    from codes
    where item is not null
    group by slice_id, source_id, measure, item
),

amounts as (
    {%- for section, (relation, distribution_rule, repetition_rule) in amount_measures.items() %}
    select
        slice_id,
        source_id,
        '{{ section }}' as section,
        amount,
        currency
    from {{ relation }}
    where amount is not null and currency is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Amounts of two currencies aren't compared: those of the one most used are.
main_currencies as (
    select
        slice_id,
        section,
        currency
    from amounts
    where amount >= 0
    group by slice_id, section, currency
    qualify row_number() over (
        partition by slice_id, section order by count(*) desc, currency
    ) = 1
),

ranked_amounts as (
    select
        amounts.slice_id,
        amounts.source_id,
        amounts.section,
        amounts.currency,
        amounts.amount,
        row_number() over (
            partition by amounts.slice_id, amounts.section order by amounts.amount desc
        ) as amount_rank,
        count(*) over (partition by amounts.slice_id, amounts.section) as amount_count
    from amounts
    inner join main_currencies
        on
            amounts.slice_id = main_currencies.slice_id
            and amounts.section = main_currencies.section
            and amounts.currency = main_currencies.currency
    where amounts.amount >= 0
),

-- The hundredth part with the highest amounts, and so on down: classes as Pelican makes them.
amount_classes as (
    select
        slice_id,
        source_id,
        section,
        currency,
        case
            when amount_rank <= amount_count // 100 then '0_1'
            when amount_rank <= amount_count // 100 * 5 then '1_5'
            when amount_rank <= amount_count // 100 * 20 then '5_20'
            when amount_rank <= amount_count // 100 * 50 then '20_50'
            else '50_100'
        end as item,
        count(*) as item_count,
        sum(amount) as amount
    from ranked_amounts
    group by all
),

amount_pairs as (
    select
        slice_id,
        source_id,
        section,
        amount || ' ' || currency as item,
        count(*) as item_count
    from amounts
    group by slice_id, source_id, section, amount, currency
),

buyers as (
    select
        slice_id,
        source_id,
        buyer_id,
        max(buyer_name) as buyer_name,
        count(*) as process_count
    from {{ ref('ocds_processes') }}
    where buyer_id is not null
    group by slice_id, source_id, buyer_id
),

buyer_classes as (
    select
        slice_id,
        source_id,
        case
            when process_count = 1 then '1'
            when process_count <= 20 then '2_20'
            when process_count <= 50 then '21_50'
            when process_count <= 100 then '51_100'
            else '100+'
        end as item,
        count(*) as buyer_count,
        sum(process_count) as process_count
    from buyers
    group by all
),

tender_ids as (
    select
        slice_id,
        source_id,
        case when count(*) = 1 then 'unique' else 'repeated' end as item,
        count(*) as item_count
    from {{ ref('ocds_tenders') }}
    where tender_id is not null
    group by slice_id, source_id, tender_id
),

titles as (
    select
        slice_id,
        ocid,
        title
    from {{ ref('ocds_processes') }}
),

related as (
    select
        related_processes.slice_id,
        related_processes.source_id,
        titles.ocid is not null as is_found,
        titles.title = related_processes.title as has_same_title
    from {{ ref('ocds_related_processes') }} as related_processes
    left join titles
        on
            related_processes.slice_id = titles.slice_id
            and related_processes.identifier = titles.ocid
    where related_processes.scheme = 'ocid' and related_processes.identifier is not null
),

measured as (
    select
        slice_id,
        source_id,
        measure,
        case measure
            {%- for measure, (_, _, _, rule_id) in code_measures.items() if rule_id is not none %}
            when '{{ measure }}' then '{{ rule_id }}'
            {%- endfor %}
        end as rule_id,
        item,
        cast(item_count as decimal(38, 2)) as value,
        item_count / sum(item_count) over (partition by slice_id, measure) as share,
        sum(item_count) over (partition by slice_id, measure) as total,
        cast(null as varchar) as detail
    from code_counts
    union all
    {%- for section, (relation, distribution_rule, repetition_rule) in amount_measures.items() %}
    select
        slice_id,
        source_id,
        '{{ section }}_value' as measure,
        '{{ distribution_rule }}' as rule_id,
        item,
        cast(amount as decimal(38, 2)) as value,
        amount / nullif(sum(amount) over (partition by slice_id), 0) as share,
        sum(item_count) over (partition by slice_id) as total,
        currency as detail
    from amount_classes
    where section = '{{ section }}'
    union all
    select
        slice_id,
        source_id,
        '{{ section }}_value_repetition' as measure,
        '{{ repetition_rule }}' as rule_id,
        item,
        cast(item_count as decimal(38, 2)) as value,
        item_count / sum(item_count) over (partition by slice_id) as share,
        sum(item_count) over (partition by slice_id) as total,
        null as detail
    from amount_pairs
    where section = '{{ section }}'
    union all
    {%- endfor %}
    select
        slice_id,
        source_id,
        'buyer' as measure,
        'OCDS-T13' as rule_id,
        item,
        cast(buyer_count as decimal(38, 2)) as value,
        buyer_count / sum(buyer_count) over (partition by slice_id) as share,
        sum(process_count) over (partition by slice_id) as total,
        null as detail
    from buyer_classes
    union all
    select
        slice_id,
        source_id,
        'buyer_repetition' as measure,
        'OCDS-T14' as rule_id,
        buyer_id as item,
        cast(process_count as decimal(38, 2)) as value,
        process_count / sum(process_count) over (partition by slice_id) as share,
        sum(process_count) over (partition by slice_id) as total,
        buyer_name as detail
    from buyers
    union all
    select
        slice_id,
        source_id,
        'tender_id' as measure,
        'OCDS-I04' as rule_id,
        item,
        cast(sum(item_count) as decimal(38, 2)) as value,
        sum(item_count) / sum(sum(item_count)) over (partition by slice_id) as share,
        sum(sum(item_count)) over (partition by slice_id) as total,
        null as detail
    from tender_ids
    group by slice_id, source_id, item
    union all
    select
        slice_id,
        source_id,
        'related_process_identifier' as measure,
        'OCDS-T15' as rule_id,
        case when is_found then 'found' else 'not_found' end as item,
        cast(count(*) as decimal(38, 2)) as value,
        count(*) / sum(count(*)) over (partition by slice_id) as share,
        sum(count(*)) over (partition by slice_id) as total,
        null as detail
    from related
    group by slice_id, source_id, is_found
    union all
    select
        slice_id,
        source_id,
        'related_process_title' as measure,
        'OCDS-T16' as rule_id,
        case when has_same_title then 'same' else 'different' end as item,
        cast(count(*) as decimal(38, 2)) as value,
        count(*) / sum(count(*)) over (partition by slice_id) as share,
        sum(count(*)) over (partition by slice_id) as total,
        null as detail
    from related
    where has_same_title is not null
    group by slice_id, source_id, has_same_title
)

select
    slice_id,
    source_id,
    measure,
    rule_id,
    item,
    value,
    cast(share as double) as share,
    cast(total as bigint) as total,
    detail
from measured
-- Of codes that few use the first fifty are told, and those that a rule asks for.
qualify
    row_number() over (partition by slice_id, measure order by value desc, item)
    <= case
        when measure like '%_value_repetition' then 5
        when measure = 'buyer_repetition' then 20
        else 50
    end
    or item in ('active', 'complete', 'open', 'terminated', 'met')
