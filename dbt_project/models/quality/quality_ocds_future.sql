-- Dates after the fetch. They are judged by its day, so that what was in the future then may be right in the next
-- generation: a verdict on an unchanged process can change. Which processes have dates quality_ocds_dates tells.
with generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

-- What has happened: releases, awards, signatures, payments, met milestones.
events as (
    select
        slice_id,
        ocid,
        '/date' as path,
        compiled_date as happened
    from {{ ref('ocds_processes') }}
    union all
    select
        slice_id,
        ocid,
        path || '/date' as path,
        award_date as happened
    from {{ ref('ocds_awards') }}
    union all
    select
        slice_id,
        ocid,
        path || '/dateSigned' as path,
        date_signed as happened
    from {{ ref('ocds_contracts') }}
    union all
    select
        slice_id,
        ocid,
        path || '/date' as path,
        transaction_date as happened
    from {{ ref('ocds_transactions') }}
    union all
    select
        slice_id,
        ocid,
        path || '/dateMet' as path,
        date_met as happened
    from {{ ref('ocds_milestones') }}
),

-- OCDS-D02: not after the fetch; 14 hours allow for the zone furthest ahead, as Pelican does.
d02 as (
    select
        {{ place(
            'OCDS-D02',
            ok='false',
            path='events.path',
            value=civil_day('events.happened'),
            of='events',
        ) }}
    from events
    inner join generations on events.slice_id = generations.slice_id
    where cast(events.happened as date) > cast(generations.fetched_at + interval 14 hour as date)
),

places as (
    select * from d02
)

{{ denials('quality_ocds_future') }}
