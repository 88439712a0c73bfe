{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Fields that readers of each contracting process need: whether they are there and say something.
with processes as (
    select * from {{ changed('ocds_processes') }}
),

tenders as (
    select * from {{ changed('ocds_tenders') }}
),

awards as (
    select * from {{ changed('ocds_awards') }}
),

contracts as (
    select * from {{ changed('ocds_contracts') }}
),

items as (
    select * from {{ changed('ocds_items') }}
),

-- OCDS-F01: the tender has a title of its own.
f01 as (
    select
        {{ place(
            'OCDS-F01',
            ok="trim(title) <> '' and title is distinct from tender_id",
            path="'/tender/title'",
            value='title',
        ) }}
    from tenders
),

-- OCDS-F02: somewhere the process says what was bought.
f02 as (
    select
        {{ place(
            'OCDS-F02',
            ok='itemized.ocid is not null',
            path="'/tender/items'",
            of='processes',
        ) }}
    from processes
    left join tenders on processes.slice_id = tenders.slice_id and processes.ocid = tenders.ocid
    left join (select distinct slice_id, ocid from items) as itemized
        on processes.slice_id = itemized.slice_id and processes.ocid = itemized.ocid
    where tenders.ocid is not null or processes.award_count > 0 or processes.contract_count > 0
),

-- OCDS-F04: a contract has an amount.
f04 as (
    select {{ place('OCDS-F04', ok='amount is not null', path="path || '/value/amount'") }}
    from contracts
),

-- OCDS-F05: a contract in force or done has been signed some day.
f05 as (
    select {{ place('OCDS-F05', ok='date_signed is not null', path="path || '/dateSigned'") }}
    from contracts
    where status in ('active', 'terminated')
),

-- OCDS-F06: the process says who buys.
f06 as (
    select {{ place('OCDS-F06', ok="trim(buyer_name) <> ''", path="'/buyer/name'") }}
    from processes
),

-- OCDS-F07: bids for an open or selective tender could be handed in until some day.
f07 as (
    select
        {{ place(
            'OCDS-F07', ok='tender_period_end is not null', path="'/tender/tenderPeriod/endDate'"
        ) }}
    from tenders
    where procurement_method in ('open', 'selective')
),

-- OCDS-F08: an award in force went to somebody.
f08 as (
    select {{ place('OCDS-F08', ok='supplier_count > 0', path="path || '/suppliers'") }}
    from awards
    where coalesce(status, 'active') = 'active'
),

-- OCDS-F09: the process says which budget pays.
f09 as (
    select
        {{ place(
            'OCDS-F09',
            ok='processes.budget_amount is not null or budgeted.ocid is not null',
            path="'/planning/budget'",
            of='processes',
        ) }}
    from processes
    left join (select distinct slice_id, ocid from {{ changed('ocds_budget_lines') }}) as budgeted
        on processes.slice_id = budgeted.slice_id and processes.ocid = budgeted.ocid
),

-- OCDS-F10: accents weren't damaged on the way to us.
f10 as (
    select
        {{ place(
            'OCDS-F10',
            ok='damaged_accents is null',
            path="'**'",
            value='damaged_accents',
            entity_key='entity_key',
        ) }}
    from {{ changed('quality_ocds_field_shapes') }}
),

places as (
    {%- for rule in ['f01', 'f02', 'f04', 'f05', 'f06', 'f07', 'f08', 'f09', 'f10'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_fields') }}
