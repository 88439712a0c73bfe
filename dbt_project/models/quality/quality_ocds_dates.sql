{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Dates of each contracting process: order, plausibility, legibility. Days are compared as days in Mexico,
-- because many sources give no hours.
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

amendments as (
    select
        slice_id,
        ocid,
        path,
        -- What is amended stands above: an award, a contract or the tender.
        regexp_extract(path, '^/[a-z]+(/\d+)?') as amended_path,
        amendment_date
    from {{ changed('ocds_amendments') }}
    where amendment_date is not null
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
        {{ name }}_end as ends,
        {{ name }}_max_end as ends_at_most,
        {{ name }}_days as days
    from tenders
    union all
    {%- endfor %}
    select
        slice_id,
        ocid,
        path || '/contractPeriod' as path,
        contract_period_start as starts,
        contract_period_end as ends,
        contract_period_max_end as ends_at_most,
        contract_period_days as days
    from awards
    union all
    select
        slice_id,
        ocid,
        path || '/period' as path,
        period_start as starts,
        period_end as ends,
        period_max_end as ends_at_most,
        period_days as days
    from contracts
    union all
    select
        slice_id,
        ocid,
        path || '/period' as path,
        period_start as starts,
        period_end as ends,
        null as ends_at_most,
        null as days
    from {{ changed('ocds_guarantees') }}
),

-- OCDS-D01: a period doesn't start after the day on which it ends.
d01 as (
    select
        {{ place(
            'OCDS-D01',
            ok=not_later('starts', 'ends'),
            path='path',
            value=civil_day('starts') ~ " || ' > ' || " ~ civil_day('ends'),
        ) }}
    from periods
    where starts is not null and ends is not null
),

-- OCDS-D12: durationInDays is the difference of the dates, or of the days, give or take one.
d12 as (
    select
        {{ place(
            'OCDS-D12',
            ok='abs(days - (' ~ civil_day('coalesce(ends, ends_at_most)') ~ ' - ' ~ civil_day('starts') ~ ')) <= 1',
            path="path || '/durationInDays'",
            value="days || ' ≠ ' || (" ~ civil_day('coalesce(ends, ends_at_most)') ~ ' - ' ~ civil_day('starts') ~ ')',
        ) }}
    from periods
    where days is not null and starts is not null and coalesce(ends, ends_at_most) is not null
),

-- What has happened: awards, signatures, payments.
events as (
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
),

-- OCDS-D13: amended after it began to be: the call for bids, the award, the signature.
amended as (
    select
        slice_id,
        ocid,
        '/tender' as path,
        tender_period_start as happened
    from tenders
    union all
    select
        slice_id,
        ocid,
        path,
        award_date as happened
    from awards
    union all
    select
        slice_id,
        ocid,
        path,
        date_signed as happened
    from contracts
),

d13 as (
    select
        {{ place(
            'OCDS-D13',
            ok=not_later('amended.happened', 'amendments.amendment_date'),
            path="amendments.path || '/date'",
            value=civil_day('amended.happened') ~ " || ' > ' || " ~ civil_day('amendments.amendment_date'),
            of='amendments',
        ) }}
    from amendments
    inner join amended
        on
            amendments.slice_id = amended.slice_id
            and amendments.ocid = amended.ocid
            and amendments.amended_path = amended.path
    where amended.happened is not null
),

-- OCDS-D14 to OCDS-D16: milestones, amendments and documents are told after they happened.
{%- set told_later = [
    ('OCDS-D14', 'milestones', 'date_met', '/dateMet'),
    ('OCDS-D14', 'milestones', 'date_modified', '/dateModified'),
    ('OCDS-D15', 'amendments', 'amendment_date', '/date'),
    ('OCDS-D16', 'documents', 'date_published', '/datePublished'),
    ('OCDS-D16', 'documents', 'date_modified', '/dateModified'),
] %}
d14_d16 as (
    {%- for rule_id, relation, column, member in told_later %}
    {%- set happened = relation ~ '.' ~ column %}
    select
        {{ place(
            rule_id,
            ok=not_later(happened, 'processes.compiled_date'),
            path=relation ~ ".path || '" ~ member ~ "'",
            value=civil_day(happened) ~ " || ' > ' || " ~ civil_day('processes.compiled_date'),
            of=relation,
        ) }}
    from {{ relation }}
    inner join processes
        on {{ relation }}.slice_id = processes.slice_id and {{ relation }}.ocid = processes.ocid
    where {{ happened }} is not null and processes.compiled_date is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- Dates as they are written: what can't be cast is null in the tables.
written as (
    {{ doubtful_dates(changed('int_ocds_sections')) }}
    union all
    -- The members that no table reads have dates, too.
    select
        additional.slice_id,
        additional.ocid,
        additional.path || '/**/' || split_part(found.member, '"', 2) as path,
        split_part(found.member, '"', 4) as written
    from {{ source('rebuilt', 'additional_fields') }} as additional
    cross join {{ json_members('additional.additional_fields', ocds_date_names(), 'found') }}
    where trim(split_part(found.member, '"', 4)) <> ''
),

written_dates as (
    select
        *,
        written is null
        or (
            regexp_matches(written, '^\d{4}-\d{2}-\d{2}{{ rest_of_date() }}$')
            and try_cast(left(written, 10) as date) is not null
        ) as is_date
    from written
),

-- OCDS-D03: between 1990 and 2049.
d03 as (
    select
        {{ place(
            'OCDS-D03',
            ok="written is null or left(written, 10) between '1990-01-01' and '2049-12-31'",
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
            ok=not_later('date_signed', 'period_start'),
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
            ok=not_later('tenders.tender_period_end', 'after_bids.happened'),
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
            ok=not_later('awards.award_date', 'contracts.date_signed'),
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
            ok=not_later('contracts.date_signed', 'transactions.transaction_date'),
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
            ok=not_later('events.happened', 'processes.compiled_date'),
            path='events.path',
            value=civil_day('events.happened') ~ " || ' > ' || " ~ civil_day('processes.compiled_date'),
            of='events',
        ) }}
    from events
    inner join processes on events.slice_id = processes.slice_id and events.ocid = processes.ocid
    where events.happened is not null and processes.compiled_date is not null
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

-- OCDS-D17: documents are published before they are modified.
d17 as (
    select
        {{ place(
            'OCDS-D17',
            ok=not_later('date_published', 'date_modified'),
            path="path || '/dateModified'",
            value=civil_day('date_published') ~ " || ' > ' || " ~ civil_day('date_modified'),
        ) }}
    from documents
    where date_published is not null and date_modified is not null
),

-- OCDS-D02: nothing has happened after the fetch. Where there is a date it passes, if quality_ocds_future doesn't deny it.
d02 as (
    {%- for relation, column in [
        ('processes', 'compiled_date'),
        ('awards', 'award_date'),
        ('contracts', 'date_signed'),
        ('transactions', 'transaction_date'),
        ('milestones', 'date_met'),
    ] %}
    select {{ place('OCDS-D02', ok='true', path='null') }}
    from {{ relation }}
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

places as (
    {%- for rule in [
        'd01', 'd02', 'd03', 'd04', 'd05', 'd06', 'd07', 'd08', 'd09', 'd11', 'd12', 'd13', 'd14_d16', 'd17',
    ] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_dates') }}
