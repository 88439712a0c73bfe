-- What is published more than once under names that should be unique, within each slice.
with tenders as (
    select * from {{ ref('ocds_tenders') }}
),

contracts as (
    select * from {{ ref('ocds_contracts') }}
),

-- OCDS-I04: tender.id belongs to one process.
i04 as (
    select
        {{ place(
            'OCDS-I04',
            ok='count(*) over (partition by slice_id, tender_id) = 1',
            path="'/tender/id'",
            value='tender_id',
        ) }}
    from tenders
    where tender_id is not null
),

-- OCDS-I05: a contract (id, amount and date of signature) belongs to one process. A process that holds the
-- same contract twice is OCDS-I12's matter.
contract_processes as (
    select
        slice_id,
        contract_id,
        amount,
        currency,
        date_signed,
        count(distinct ocid) as process_count
    from contracts
    where contract_id is not null and amount <> 0 and date_signed is not null
    group by slice_id, contract_id, amount, currency, date_signed
),

i05 as (
    select
        {{ place(
            'OCDS-I05',
            ok='contract_processes.process_count = 1',
            path='contracts.path',
            value='contracts.contract_id',
            of='contracts',
        ) }}
    from contracts
    inner join contract_processes
        on
            contracts.slice_id = contract_processes.slice_id
            and contracts.contract_id = contract_processes.contract_id
            and contracts.amount = contract_processes.amount
            and contracts.date_signed = contract_processes.date_signed
            and contracts.currency is not distinct from contract_processes.currency
),

-- OCDS-M06: a contract isn't a thousand times the median of its slice and currency.
medians as (
    select
        slice_id,
        currency,
        median(cast(amount as double)) as median_amount
    from contracts
    where amount > 0 and currency is not null
    group by slice_id, currency
    having count(*) >= 20
),

m06 as (
    select
        {{ place(
            'OCDS-M06',
            ok='cast(contracts.amount as double) <= 1000 * medians.median_amount',
            path="contracts.path || '/value/amount'",
            value="contracts.amount || ' ' || contracts.currency",
            of='contracts',
        ) }}
    from contracts
    inner join medians
        on contracts.slice_id = medians.slice_id and contracts.currency = medians.currency
    where contracts.amount > 0
),

places as (
    select * from i04
    union all
    select * from i05
    union all
    select * from m06
)

{{ verdicts('quality_ocds_duplicates') }}
