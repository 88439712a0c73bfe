{#- Codes whose distribution is told: measure -> where they stand, and the rule whose verdict rests on it. -#}
{%- set code_measures = {
    'tender_status': ('tenders', 'status', 'true', 'OCDS-T01'),
    'procurement_method': ('tenders', 'procurement_method', 'true', 'OCDS-T02'),
    'awards_status': ('awards', 'status', 'true', 'OCDS-T03'),
    'contracts_status': ('contracts', 'status', 'true', 'OCDS-T04'),
    'milestone_status': (ref('ocds_milestones'), 'status', 'true', 'OCDS-T05'),
    'main_procurement_category': (
        'tenders', 'main_procurement_category', 'true', 'OCDS-T06'
    ),
    'award_criteria': ('tenders', 'award_criteria', 'true', none),
    'submission_method': (
        'tenders', "unnest(string_split(submission_method, ','))", 'true', none
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
    'tender': ('tenders', 'OCDS-T07', 'OCDS-T10'),
    'awards': ('awards', 'OCDS-T08', 'OCDS-T11'),
    'contracts': ('contracts', 'OCDS-T09', 'OCDS-T12'),
} -%}
-- What the rules about a source as a whole rest on: how codes, amounts and buyers are distributed over its contracting
-- processes. Few columns of each table are read, and once, because this is made anew in every build.
with processes as (
    select
        slice_id,
        source_id,
        ocid,
        title,
        buyer_id,
        buyer_name,
        budget_currency
    from {{ ref('ocds_processes') }}
),

tenders as (
    select
        slice_id,
        source_id,
        tender_id,
        status,
        procurement_method,
        main_procurement_category,
        award_criteria,
        submission_method,
        amount,
        currency,
        min_currency
    from {{ ref('ocds_tenders') }}
),

awards as (
    select
        slice_id,
        source_id,
        status,
        amount,
        currency
    from {{ ref('ocds_awards') }}
),

contracts as (
    select
        slice_id,
        source_id,
        status,
        amount,
        currency
    from {{ ref('ocds_contracts') }}
),

codes as (
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
        ('tenders', 'currency'),
        ('tenders', 'min_currency'),
        ('awards', 'currency'),
        ('contracts', 'currency'),
        ('processes', 'budget_currency'),
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

amount_pairs as (
    select
        slice_id,
        source_id,
        section,
        currency,
        amount,
        count(*) as item_count
    from amounts
    group by slice_id, source_id, section, currency, amount
),

-- Amounts of two currencies aren't compared: those of the one most used are.
main_currencies as (
    select
        slice_id,
        section,
        currency
    from amount_pairs
    where amount >= 0
    group by slice_id, section, currency
    qualify row_number() over (
        partition by slice_id, section order by sum(item_count) desc, currency
    ) = 1
),

-- Equal amounts stand next to one another: the place of the last of them says those of all.
ranked_amounts as (
    select
        amount_pairs.slice_id,
        amount_pairs.source_id,
        amount_pairs.section,
        amount_pairs.currency,
        amount_pairs.amount,
        amount_pairs.item_count,
        sum(amount_pairs.item_count) over (
            partition by amount_pairs.slice_id, amount_pairs.section
            order by amount_pairs.amount desc
            rows between unbounded preceding and current row
        ) as last_rank,
        sum(amount_pairs.item_count) over (
            partition by amount_pairs.slice_id, amount_pairs.section
        ) as amount_count
    from amount_pairs
    inner join main_currencies
        on
            amount_pairs.slice_id = main_currencies.slice_id
            and amount_pairs.section = main_currencies.section
            and amount_pairs.currency = main_currencies.currency
    where amount_pairs.amount >= 0
),

-- The hundredth part with the highest amounts, and so on down: classes as Pelican makes them. Each begins behind the
-- rank where the one before ends.
class_ranks (item, from_percent, to_percent) as (
    values ('0_1', 0, 1), ('1_5', 1, 5), ('5_20', 5, 20), ('20_50', 20, 50), ('50_100', 50, null)
),

classed_amounts as (
    select
        ranked_amounts.slice_id,
        ranked_amounts.source_id,
        ranked_amounts.section,
        ranked_amounts.currency,
        ranked_amounts.amount,
        class_ranks.item,
        least(
            ranked_amounts.last_rank,
            coalesce(
                ranked_amounts.amount_count // 100 * class_ranks.to_percent, ranked_amounts.amount_count
            )
        )
        - greatest(
            ranked_amounts.last_rank - ranked_amounts.item_count,
            ranked_amounts.amount_count // 100 * class_ranks.from_percent
        ) as item_count
    from ranked_amounts
    cross join class_ranks
),

amount_classes as (
    select
        slice_id,
        source_id,
        section,
        currency,
        item,
        cast(sum(item_count) as bigint) as item_count,
        sum(amount * cast(item_count as integer)) as amount
    from classed_amounts
    where item_count > 0
    group by all
),

buyers as (
    select
        slice_id,
        source_id,
        buyer_id,
        max(buyer_name) as buyer_name,
        count(*) as process_count
    from processes
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
    from tenders
    where tender_id is not null
    group by slice_id, source_id, tender_id
),

related as (
    select
        related_processes.slice_id,
        related_processes.source_id,
        processes.ocid is not null as is_found,
        processes.title = related_processes.title as has_same_title
    from {{ ref('ocds_related_processes') }} as related_processes
    left join processes
        on
            related_processes.slice_id = processes.slice_id
            and related_processes.identifier = processes.ocid
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
        amount || ' ' || currency as item,
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
