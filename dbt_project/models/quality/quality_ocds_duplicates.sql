-- What is published more than once under names that should be unique, within each slice.
with entities as (
    {{ process_entities() }}
),

releases as (
    select * from {{ source('public_view', 'ocds_releases') }}
),

tenders as (
    select * from {{ ref('ocds_tenders') }}
),

contracts as (
    select * from {{ ref('ocds_contracts') }}
),

-- OCDS-I01: one release id, one content. Byte-equal repetitions were counted at landing and are gone.
i01 as (
    select
        {{ place('OCDS-I01', ok='count(distinct release) = 1', path="'/id'", value='release_id') }}
    from releases
    where release_id is not null
    group by slice_id, ocid, release_id
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

places as (
    select * from i01
    union all
    select * from i04
    union all
    select * from i05
)

{{ rule_results([('OCDS-I01', 'all'), ('OCDS-I04', 'all'), ('OCDS-I05', 'all')]) }}
