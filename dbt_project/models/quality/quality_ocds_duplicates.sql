-- What is published more than once under names that should be unique, within each slice, and amounts far from the others.
-- Of which processes the rules speak quality_ocds_ids_references and quality_ocds_money tell.
with tenders as (
    select * from {{ ref('ocds_tenders') }}
),

contracts as (
    select * from {{ ref('ocds_contracts') }}
),

repeated_tenders as (
    select
        slice_id,
        tender_id
    from tenders
    where tender_id is not null
    group by slice_id, tender_id
    having count(*) > 1
),

-- OCDS-I04: tender.id belongs to one process.
i04 as (
    select
        {{ place(
            'OCDS-I04',
            ok='false',
            path="'/tender/id'",
            value='tenders.tender_id',
            of='tenders',
        ) }}
    from tenders
    inner join repeated_tenders
        on tenders.slice_id = repeated_tenders.slice_id and tenders.tender_id = repeated_tenders.tender_id
),

-- OCDS-I05: a contract (id, amount and date of signature) belongs to one process. A process that holds the
-- same contract twice is OCDS-I12's matter.
repeated_contracts as (
    select
        slice_id,
        contract_id,
        amount,
        currency,
        date_signed
    from contracts
    where contract_id is not null and amount <> 0 and date_signed is not null
    group by slice_id, contract_id, amount, currency, date_signed
    having min(ocid) <> max(ocid)
),

i05 as (
    select
        {{ place(
            'OCDS-I05',
            ok='false',
            path='contracts.path',
            value='contracts.contract_id',
            of='contracts',
        ) }}
    from contracts
    inner join repeated_contracts
        on
            contracts.slice_id = repeated_contracts.slice_id
            and contracts.contract_id = repeated_contracts.contract_id
            and contracts.amount = repeated_contracts.amount
            and contracts.date_signed = repeated_contracts.date_signed
            and contracts.currency is not distinct from repeated_contracts.currency
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
            ok='false',
            path="contracts.path || '/value/amount'",
            value="contracts.amount || ' ' || contracts.currency",
            of='contracts',
        ) }}
    from contracts
    inner join medians
        on contracts.slice_id = medians.slice_id and contracts.currency = medians.currency
    where cast(contracts.amount as double) > 1000 * medians.median_amount
),

-- Of a currency with fewer contracts nothing is far from the others: OCDS-M06 doesn't speak of who has no other contract.
rare as (
    select
        contracts.slice_id,
        contracts.ocid
    from contracts
    left join medians
        on contracts.slice_id = medians.slice_id and contracts.currency = medians.currency
    where contracts.amount > 0 and contracts.currency is not null and medians.slice_id is null
),

not_rare as (
    select
        rare.slice_id,
        rare.ocid
    from rare
    inner join contracts
        on rare.slice_id = contracts.slice_id and rare.ocid = contracts.ocid and contracts.amount > 0
    inner join medians
        on contracts.slice_id = medians.slice_id and contracts.currency = medians.currency
),

incomparable as (
    select * from rare
    except
    select * from not_rare
),

places as (
    select * from i04
    union all
    select * from i05
    union all
    select * from m06
)

{{ denials('quality_ocds_duplicates', not_applicable='OCDS-M06') }}
