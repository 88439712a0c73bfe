{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
{%- set date_names = [
    'date', 'dateSigned', 'dateMet', 'dueDate', 'startDate', 'endDate', 'maxExtentDate', 'datePublished',
    'dateModified',
] -%}
{#- Periods with a duration: parent array (none: the process), JSON path, JSON pointer. -#}
{%- set own_periods = [
    ('$.tender.tenderPeriod', '/tender/tenderPeriod'),
    ('$.tender.enquiryPeriod', '/tender/enquiryPeriod'),
    ('$.tender.awardPeriod', '/tender/awardPeriod'),
    ('$.tender.contractPeriod', '/tender/contractPeriod'),
] -%}
{%- set child_periods = [
    ('awards', '$.contractPeriod', '/contractPeriod'),
    ('contracts', '$.period', '/period'),
] -%}
{%- set duration = {
    'start_text': '.startDate',
    'end_text': '.endDate',
    'extent_text': '.maxExtentDate',
    'days': '.durationInDays',
} -%}
-- Dates of each contracting process: order, plausibility, legibility. Days are compared as days in Mexico,
-- because many sources give no hours; the two ends of one period are compared as instants (Pelican).
with compiled as (
    select * from {{ source('rebuilt', 'ocds_compiled') }}
),

processes as (
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

transactions as (
    select
        slice_id,
        ocid,
        path,
        -- The path, not the id: a contract without id has payments too.
        regexp_extract(path, '^/contracts/\d+') as contract_path,
        transaction_date
    from {{ changed('ocds_transactions') }}
),

milestones as (
    select * from {{ changed('ocds_milestones') }}
),

documents as (
    select * from {{ changed('ocds_documents') }}
),

periods as (
    {%- for name, pointer in [
        ('tender_period', 'tenderPeriod'),
        ('enquiry_period', 'enquiryPeriod'),
        ('award_period', 'awardPeriod'),
        ('contract_period', 'contractPeriod'),
    ] %}
    select
        slice_id,
        ocid,
        '/tender/{{ pointer }}' as path,
        {{ name }}_start as starts,
        {{ name }}_end as ends
    from tenders
    union all
    {%- endfor %}
    select
        slice_id,
        ocid,
        path || '/contractPeriod' as path,
        contract_period_start as starts,
        contract_period_end as ends
    from awards
    union all
    select
        slice_id,
        ocid,
        path || '/period' as path,
        period_start as starts,
        period_end as ends
    from contracts
    union all
    select
        slice_id,
        ocid,
        path || '/period' as path,
        period_start as starts,
        period_end as ends
    from {{ changed('ocds_guarantees') }}
),

-- OCDS-D01: a period starts before it ends.
d01 as (
    select {{ place('OCDS-D01', ok='starts <= ends', path='path', value="starts || ' > ' || ends") }}
    from periods
    where starts is not null and ends is not null
),

-- What has happened: releases, awards, signatures, payments, met milestones.
events as (
    select
        slice_id,
        ocid,
        'release' as kind,
        '/date' as path,
        compiled_date as happened
    from processes
    union all
    select
        slice_id,
        ocid,
        'award' as kind,
        path || '/date' as path,
        award_date as happened
    from awards
    union all
    select
        slice_id,
        ocid,
        'signature' as kind,
        path || '/dateSigned' as path,
        date_signed as happened
    from contracts
    union all
    select
        slice_id,
        ocid,
        'payment' as kind,
        path || '/date' as path,
        transaction_date as happened
    from transactions
    union all
    select
        slice_id,
        ocid,
        'milestone' as kind,
        path || '/dateMet' as path,
        date_met as happened
    from milestones
),

-- Every date member of the JSON as it was written: what can't be cast is null in the tables.
members as (
    select
        compiled.slice_id,
        compiled.ocid,
        split_part(found.member, '"', 2) as name,
        split_part(found.member, '"', 4) as written
    from compiled
    cross join {{ json_members('compiled.compiled', date_names, 'found') }}
),

written_dates as (
    select
        slice_id,
        ocid,
        '**/' || name as path,
        written,
        regexp_matches(
            written, '^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?\s*(Z|GMT|UTC|[+-]\d{2}:?\d{2})?)?$'
        )
        and try_cast(left(written, 10) as date) is not null as is_date
    from members
    where trim(written) <> ''
),

-- OCDS-D03: between 1990 and 2049.
d03 as (
    select
        {{ place(
            'OCDS-D03',
            ok="left(written, 10) between '1990-01-01' and '2049-12-31'",
            path='path',
            value='written',
        ) }}
    from written_dates
    where is_date
),

-- OCDS-D11: a date can be read.
d11 as (
    select {{ place('OCDS-D11', ok='is_date', path='path', value='written') }}
    from written_dates
),

-- OCDS-D04: signed on the day the contract starts, or before.
d04 as (
    select
        {{ place(
            'OCDS-D04',
            ok=civil_day('date_signed') ~ ' <= ' ~ civil_day('period_start'),
            path="path || '/dateSigned'",
            value=civil_day('date_signed') ~ " || ' > ' || " ~ civil_day('period_start'),
        ) }}
    from contracts
    where date_signed is not null and period_start is not null
),

-- OCDS-D05: bids are in before award, signature and planned start.
after_bids as (
    select
        slice_id,
        ocid,
        '/tender/contractPeriod/startDate' as path,
        contract_period_start as happened
    from tenders
    union all
    select
        slice_id,
        ocid,
        path,
        happened
    from events
    where kind in ('award', 'signature')
),

d05 as (
    select
        {{ place(
            'OCDS-D05',
            ok=civil_day('tenders.tender_period_end') ~ ' <= ' ~ civil_day('after_bids.happened'),
            path='after_bids.path',
            value=civil_day('tenders.tender_period_end') ~ " || ' > ' || " ~ civil_day('after_bids.happened'),
            of='tenders',
        ) }}
    from tenders
    inner join after_bids
        on tenders.slice_id = after_bids.slice_id and tenders.ocid = after_bids.ocid
    where tenders.tender_period_end is not null and after_bids.happened is not null
),

-- OCDS-D06: awarded before the contract of the award is signed.
d06 as (
    select
        {{ place(
            'OCDS-D06',
            ok=civil_day('awards.award_date') ~ ' <= ' ~ civil_day('contracts.date_signed'),
            path="contracts.path || '/dateSigned'",
            value=civil_day('awards.award_date') ~ " || ' > ' || " ~ civil_day('contracts.date_signed'),
            of='contracts',
        ) }}
    from contracts
    inner join awards
        on
            contracts.slice_id = awards.slice_id
            and contracts.ocid = awards.ocid
            and contracts.award_id = awards.award_id
    where contracts.date_signed is not null and awards.award_date is not null
),

-- OCDS-D07: signed before anything is paid.
d07 as (
    select
        {{ place(
            'OCDS-D07',
            ok=civil_day('contracts.date_signed') ~ ' <= ' ~ civil_day('transactions.transaction_date'),
            path="transactions.path || '/date'",
            value=civil_day('contracts.date_signed')
            ~ " || ' > ' || "
            ~ civil_day('transactions.transaction_date'),
            of='contracts',
        ) }}
    from contracts
    inner join transactions
        on
            contracts.slice_id = transactions.slice_id
            and contracts.ocid = transactions.ocid
            and contracts.path = transactions.contract_path
    where contracts.date_signed is not null and transactions.transaction_date is not null
),

-- OCDS-D08: a release tells what has happened, not what will.
d08 as (
    select
        {{ place(
            'OCDS-D08',
            ok=civil_day('events.happened') ~ ' <= ' ~ civil_day('processes.compiled_date'),
            path='events.path',
            value=civil_day('events.happened') ~ " || ' > ' || " ~ civil_day('processes.compiled_date'),
            of='events',
        ) }}
    from events
    inner join processes on events.slice_id = processes.slice_id and events.ocid = processes.ocid
    where
        events.kind in ('award', 'signature', 'payment')
        and events.happened is not null
        and processes.compiled_date is not null
),

-- OCDS-D09: a milestone that isn't met has no date on which it was met.
d09 as (
    select
        {{ place(
            'OCDS-D09', ok='date_met is null', path="path || '/dateMet'", value=civil_day('date_met')
        ) }}
    from milestones
    where status in ('scheduled', 'notMet')
),

-- OCDS-D10: documents are published before they are modified and before the release.
d10 as (
    select
        {{ place(
            'OCDS-D10',
            ok='date_published <= date_modified',
            path="path || '/dateModified'",
            value=civil_day('date_published') ~ " || ' > ' || " ~ civil_day('date_modified'),
        ) }}
    from documents
    where date_published is not null and date_modified is not null
    union all
    select
        {{ place(
            'OCDS-D10',
            ok=civil_day('documents.date_published') ~ ' <= ' ~ civil_day('processes.compiled_date'),
            path="documents.path || '/datePublished'",
            value=civil_day('documents.date_published')
            ~ " || ' > ' || "
            ~ civil_day('processes.compiled_date'),
            of='documents',
        ) }}
    from documents
    inner join processes on documents.slice_id = processes.slice_id and documents.ocid = processes.ocid
    where documents.date_published is not null and processes.compiled_date is not null
),

-- OCDS-D12: durationInDays is the difference of the dates. Few sources publish it, so it has no column.
with_duration as (
    select
        slice_id,
        ocid,
        compiled
    from compiled
    where compiled like '%durationInDays%'
),

durations as (
    {%- for json_path, pointer in own_periods %}
    select
        slice_id,
        ocid,
        '{{ pointer }}' as path
        {%- for column, member in duration.items() %},
        {{ json_text('compiled', json_path ~ member) }} as {{ column }}
        {%- endfor %}
    from with_duration
    union all
    {%- endfor %}
    {%- for parent, json_path, pointer in child_periods %}
    select
        slice_id,
        ocid,
        '/{{ parent }}/' || (parent.position - 1) || '{{ pointer }}' as path
        {%- for column, member in duration.items() %},
        {{ json_text('parent.element', json_path ~ member) }} as {{ column }}
        {%- endfor %}
    from with_duration
    cross join {{ explode_json('with_duration.compiled', '$.' ~ parent, 'parent') }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

spans as (
    select
        slice_id,
        ocid,
        path,
        days,
        {{ try_decimal('days') }} as day_count,
        {{ try_date('start_text') }} as starts,
        coalesce({{ try_date('end_text') }}, {{ try_date('extent_text') }}) as ends
    from durations
    where days is not null
),

d12 as (
    select
        {{ place(
            'OCDS-D12',
            ok='abs(day_count - (ends - starts)) <= 1',
            path="path || '/durationInDays'",
            value="days || ' ≠ ' || (ends - starts)",
        ) }}
    from spans
    where starts is not null and ends is not null
),

places as (
    {%- for rule in ['d01', 'd03', 'd04', 'd05', 'd06', 'd07', 'd08', 'd09', 'd10', 'd11', 'd12'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_dates') }}
