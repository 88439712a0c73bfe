-- Items of one section only, so that none counts three times: the first that classifies any.
with classified as (
    select
        slice_id,
        source_id,
        ocid,
        stage,
        classification_scheme as scheme,
        classification_id,
        unit_currency,
        quantity * unit_amount as line_value
    from {{ ref('ocds_items') }}
    where
        classification_id is not null
        and stage in ('tender', 'award', 'contract')
),

stages as (
    select
        slice_id,
        ocid,
        -- By the order of the alphabet the tender's would come last.
        max(case stage when 'tender' then 3 when 'award' then 2 else 1 end) as stage_rank
    from classified
    group by slice_id, ocid
),

-- Schemes are never mixed: that of most items counts.
totals as (
    select
        classified.slice_id,
        classified.source_id,
        classified.ocid,
        classified.scheme,
        classified.classification_id,
        count(*) as items,
        count(classified.line_value) as valued_items,
        count(distinct classified.unit_currency) as currencies,
        min(classified.unit_currency) as currency,
        sum(classified.line_value) as value
    from classified
    inner join stages
        on
            classified.slice_id = stages.slice_id
            and classified.ocid = stages.ocid
            and stages.stage_rank
            = case classified.stage when 'tender' then 3 when 'award' then 2 else 1 end
    group by
        classified.slice_id,
        classified.source_id,
        classified.ocid,
        classified.scheme,
        classified.classification_id
),

schemes as (
    select
        slice_id,
        ocid,
        scheme,
        sum(items) as items,
        sum(items) = sum(valued_items)
        and max(currencies) = 1
        and min(currency) = max(currency) as is_valued
    from totals
    group by slice_id, ocid, scheme
),

chosen as (
    {{ latest_by('schemes', ['slice_id', 'ocid'], ['items desc', "coalesce(scheme, '')"]) }}
),

weighed as (
    select
        totals.slice_id,
        totals.source_id,
        totals.ocid,
        totals.scheme,
        totals.classification_id,
        totals.items,
        case when chosen.is_valued then totals.value else 0 end as weight
    from totals
    inner join chosen
        on
            totals.slice_id = chosen.slice_id
            and totals.ocid = chosen.ocid
            and totals.scheme is not distinct from chosen.scheme
),

first_of_each as (
    {{ latest_by(
        'weighed', ['slice_id', 'ocid'], ['weight desc', 'items desc', 'classification_id']
    ) }}
)

select
    slice_id,
    source_id,
    ocid,
    scheme,
    classification_id
from first_of_each
