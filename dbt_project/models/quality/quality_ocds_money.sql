{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Amounts of each contracting process: sign, currency, plausibility and sums. All in DECIMAL; amounts are
-- compared within one currency only, since an exchange rate would be a guess.
with processes as (
    select * from {{ changed('ocds_processes') }}
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
        regexp_extract(path, '^/contracts/\d+') as contract_path,
        amount,
        currency
    from {{ changed('ocds_transactions') }}
),

items as (
    select * from {{ changed('ocds_items') }}
),

currencies as (
    select code from {{ ref('ocds_codelists') }} where codelist = 'currency'
),

-- Every amount of the process with the place it stands in.
amounts as (
    select
        slice_id,
        ocid,
        '/planning/budget/amount' as path,
        budget_amount as amount,
        budget_currency as currency
    from processes
    union all
    select
        slice_id,
        ocid,
        '/tender/value' as path,
        amount,
        currency
    from {{ changed('ocds_tenders') }}
    union all
    select
        slice_id,
        ocid,
        '/tender/minValue' as path,
        min_amount as amount,
        min_currency as currency
    from {{ changed('ocds_tenders') }}
    union all
    select
        slice_id,
        ocid,
        path || '/value' as path,
        amount,
        currency
    from awards
    union all
    select
        slice_id,
        ocid,
        path || '/value' as path,
        amount,
        currency
    from contracts
    union all
    select
        slice_id,
        ocid,
        path || '/value' as path,
        amount,
        currency
    from transactions
    union all
    select
        slice_id,
        ocid,
        path || '/value' as path,
        amount,
        currency
    from {{ changed('ocds_guarantees') }}
),

-- OCDS-M01: no amount is negative.
m01 as (
    select {{ place('OCDS-M01', ok='amount >= 0', path="path || '/amount'", value='amount') }}
    from amounts
    where amount is not null
),

-- OCDS-M02: active awards and contracts are worth something.
m02 as (
    select {{ place('OCDS-M02', ok='amount <> 0', path="path || '/value/amount'", value='amount') }}
    from awards
    where amount is not null and coalesce(status, 'active') = 'active'
    union all
    select {{ place('OCDS-M02', ok='amount <> 0', path="path || '/value/amount'", value='amount') }}
    from contracts
    where amount is not null
),

-- OCDS-M03: an amount has a currency of ISO 4217. Zero needs none (CompraNet's tender.value is always 0), but where one
-- is told it is of the list.
m03 as (
    select
        {{ place(
            'OCDS-M03',
            ok='currencies.code is not null',
            path="amounts.path || '/currency'",
            value='amounts.currency',
            of='amounts',
        ) }}
    from amounts
    left join currencies on amounts.currency = currencies.code
    where amounts.amount <> 0 or amounts.currency is not null
),

-- OCDS-M04: no amount is beyond Pelican's 5,000 million dollars; 20 pesos to the dollar, fixed so that a
-- result doesn't change with the exchange rate.
limits as (
    select *
    from (
        values ('MXN', 100000000000), ('USD', 5000000000), ('EUR', 5000000000)
    ) as listed (currency, maximum)
),

m04 as (
    select
        {{ place(
            'OCDS-M04',
            ok='abs(amounts.amount) <= limits.maximum',
            path="amounts.path || '/amount'",
            value="amounts.amount || ' ' || amounts.currency",
            of='amounts',
        ) }}
    from amounts
    inner join limits on amounts.currency = limits.currency
    where amounts.amount is not null
),

-- Awards that one id names, with the contracts made of them.
unique_awards as (
    select *
    from awards
    where award_id is not null
    qualify count(*) over (partition by slice_id, ocid, award_id) = 1
),

pairs as (
    select
        contracts.slice_id,
        contracts.ocid,
        contracts.path as contract_path,
        unique_awards.path as award_path,
        contracts.amount as contract_amount,
        contracts.currency as contract_currency,
        unique_awards.amount as award_amount,
        unique_awards.currency as award_currency
    from contracts
    inner join unique_awards
        on
            contracts.slice_id = unique_awards.slice_id
            and contracts.ocid = unique_awards.ocid
            and contracts.award_id = unique_awards.award_id
),

-- OCDS-M05: award and contract aren't a hundred or a thousand times each other (within 1 %).
ratios as (
    select
        slice_id,
        ocid,
        contract_path,
        contract_amount,
        award_amount,
        cast(greatest(abs(contract_amount), abs(award_amount)) as double)
        / cast(least(abs(contract_amount), abs(award_amount)) as double) as ratio
    from pairs
    where
        contract_amount <> 0
        and award_amount <> 0
        and contract_currency is not distinct from award_currency
),

m05 as (
    select
        {{ place(
            'OCDS-M05',
            ok='ratio not between 99 and 101 and ratio not between 990 and 1010',
            path="contract_path || '/value/amount'",
            value="contract_amount || ' / ' || award_amount",
        ) }}
    from ratios
),

-- OCDS-M07: the contracts of an award add up to it within 50 %. Pelican leaves out what can't be added: contracts of
-- which one has no amount, zero, another sign or another currency, an award of zero.
award_sums as (
    select
        slice_id,
        ocid,
        award_path,
        award_amount,
        sum(contract_amount) as contract_sum
    from pairs
    where award_amount <> 0
    group by slice_id, ocid, award_path, award_amount, award_currency
    having
        bool_and(
            coalesce(
                sign(contract_amount) = sign(award_amount) and contract_currency = award_currency, false
            )
        )
),

m07 as (
    select
        {{ place(
            'OCDS-M07',
            ok='abs(contract_sum - award_amount) <= abs(award_amount) / 2',
            path="award_path || '/value/amount'",
            value="contract_sum || ' / ' || award_amount",
        ) }}
    from award_sums
),

-- OCDS-M08: what is paid doesn't exceed the contract; one unit is left for rounding of many payments. A payment
-- without amount or in another currency can't be added to the others.
payments as (
    select
        contracts.slice_id,
        contracts.ocid,
        contracts.path,
        contracts.amount,
        sum(transactions.amount) as paid
    from contracts
    inner join transactions
        on
            contracts.slice_id = transactions.slice_id
            and contracts.ocid = transactions.ocid
            and contracts.path = transactions.contract_path
    where contracts.amount is not null
    group by contracts.slice_id, contracts.ocid, contracts.path, contracts.amount
    having
        bool_and(
            coalesce(transactions.amount is not null and transactions.currency = contracts.currency, false)
        )
),

m08 as (
    select
        {{ place(
            'OCDS-M08',
            ok='paid <= amount + 1',
            path="path || '/implementation/transactions'",
            value="paid || ' > ' || amount",
        ) }}
    from payments
),

-- OCDS-M09: the estimate is near its budget.
m09 as (
    select
        {{ place(
            'OCDS-M09',
            ok='abs(tender_amount - budget_amount) <= abs(tender_amount) / 2',
            path="'/tender/value/amount'",
            value="tender_amount || ' / ' || budget_amount",
        ) }}
    from processes
    where
        tender_amount <> 0
        and sign(tender_amount) = sign(budget_amount)
        and tender_currency = budget_currency
),

-- OCDS-M10: quantities and unit prices aren't negative.
m10 as (
    select
        {{ place(
            'OCDS-M10',
            ok='coalesce(quantity, 0) >= 0 and coalesce(unit_amount, 0) >= 0',
            path='path',
            value="concat_ws(' × ', quantity, unit_amount)",
        ) }}
    from items
    where quantity is not null or unit_amount is not null
),

-- OCDS-M06: no contract is worth far more than the others. Where there are amounts it passes, if quality_ocds_duplicates
-- doesn't deny it.
m06 as (
    select {{ place('OCDS-M06', ok='true', path='null') }}
    from contracts
    where amount > 0 and currency is not null
),

places as (
    {%- for rule in ['m01', 'm02', 'm03', 'm04', 'm05', 'm06', 'm07', 'm08', 'm09', 'm10'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_money') }}
