{#- A table among views: parties and releases are both made of it. -#}
{{ config(materialized='table') }}

with contract_rows as (
    select * from {{ ref('stg_contracts__rows') }}
    where unusable_reason is null
),

declarations as (
    select * from {{ source('landed_facts', 'sources') }}
),

-- Who and what a row names ------------------------------------------------------------------------

named as (
    select
        contract_rows.* exclude (record, unusable_reason, unreadable_columns),
        case when declarations.entity <> '00' then declarations.entity || '-' else '' end
            as territory,
        {{ name_slug('contract_rows.institution_name') }} as institution_slug,
        {{ name_slug('contract_rows.supplier_name') }} as supplier_slug,
        strip_accents(upper(contract_rows.procedure_type)) as procedure_type_key,
        contract_rows.procedure_number is null and contract_rows.file_number is null
            as is_keyed_by_contract,
        coalesce(
            contract_rows.procedure_number, contract_rows.file_number, contract_rows.contract_number
        ) as published_key
    from contract_rows
    left join declarations on contract_rows.source_id = declarations.source_id
),

identified as (
    select
        * exclude (rfc),
        'TEQUIO-INST-' || territory || institution_slug as buyer_id,
        case
            when family = 'compranet'
                then coalesce(unit_id, 'TEQUIO-UC-' || {{ name_slug('unit_name') }})
            -- A key or name of a unit is its institution's own.
            when coalesce(unit_id, unit_name) is not null
                then 'TEQUIO-UC-' || territory
                    || concat_ws(
                        '-', institution_slug, {{ name_slug('coalesce(unit_id, unit_name)') }}
                    )
        end as unit_party_id,
        case when rfc not in {{ generic_rfcs() }} then rfc end as supplier_rfc,
        {{ supplier_party_id('rfc', 'supplier_slug') }} as supplier_id,
        coalesce(
            regexp_matches(procedure_type_key, '\bCONVENIOS? +MODIFICATORIOS?\b|^ADD?ENDUM\b'),
            false
        ) as is_convenio
    from named
),

-- Processes ---------------------------------------------------------------------------------------

-- Outside of CompraNet only the number of a procedure is one for several institutions or suppliers:
-- a number of a file is its institution's, that of a contract its supplier's besides. They are in
-- the key from the start: an ocid must not change when somebody else's row has the same number.
keyed as (
    select
        * exclude (published_key, is_keyed_by_contract),
        published_key as tender_id,
        concat_ws(
            '-',
            case when is_keyed_by_contract then 'contrato' end,
            published_key,
            case
                when procedure_number is not null or family = 'compranet' then null
                when is_keyed_by_contract
                    then {{ short_digest(['institution_slug', 'supplier_slug']) }}
                when institution_slug is not null then {{ short_digest(['institution_slug']) }}
            end
        ) as process_key
    from identified
),

-- Convenios modificatorios that are rows of their own ---------------------------------------------

convenios as (
    select
        slice_id,
        ordinal,
        supplier_id,
        supplier_slug,
        process_key,
        ' ' || {{ plain_label(
            "concat_ws(' ', contract_number, title, contract_title, tender_description,"
            ~ " description)"
        ) }} || ' ' as label
    from keyed
    where is_convenio
),

-- The contracts a convenio may change: of its supplier, and named by number in its text; after
-- these those of its own procedure.
amendable as (
    {%- for condition in [
        "keyed.supplier_id = convenios.supplier_id and convenios.supplier_id <> ''",
        'keyed.supplier_slug = convenios.supplier_slug',
    ] %}
    select
        convenios.slice_id,
        convenios.ordinal,
        keyed.ordinal as amended_ordinal,
        length(keyed.contract_number) as specificity
    from convenios
    inner join keyed
        on
            convenios.slice_id = keyed.slice_id
            and {{ condition }}
    where
        not keyed.is_convenio
        and length(keyed.contract_number) > 3
        and contains(convenios.label, ' ' || {{ plain_label('keyed.contract_number') }} || ' ')
    union
    {%- endfor %}
    select
        convenios.slice_id,
        convenios.ordinal,
        keyed.ordinal as amended_ordinal,
        0 as specificity
    from convenios
    inner join keyed
        on
            convenios.slice_id = keyed.slice_id
            and convenios.process_key = keyed.process_key
    where
        not keyed.is_convenio
        and keyed.has_contract
),

-- Only where one contract is meant.
amended as (
    select
        candidates.slice_id,
        candidates.ordinal,
        min(keyed.process_key) as process_key,
        min(keyed.tender_id) as tender_id,
        first(
            keyed.ordinal order by keyed.signed_at, keyed.record_sha256, keyed.ordinal
        ) as amended_ordinal
    from (
        select *
        from amendable
        qualify specificity = max(specificity) over (partition by slice_id, ordinal)
    ) as candidates
    inner join keyed
        on
            candidates.slice_id = keyed.slice_id
            and candidates.amended_ordinal = keyed.ordinal
    group by candidates.slice_id, candidates.ordinal
    having
        count(distinct keyed.process_key) = 1
        and count(distinct coalesce(keyed.contract_number, '#' || keyed.ordinal)) = 1
),

placed as (
    select
        keyed.* exclude (process_key, tender_id),
        amended.amended_ordinal,
        coalesce(amended.process_key, keyed.process_key) as process_key,
        coalesce(amended.tender_id, keyed.tender_id) as tender_id
    from keyed
    left join amended
        on
            keyed.slice_id = amended.slice_id
            and keyed.ordinal = amended.ordinal
),

processes as (
    select
        slice_id,
        process_key,
        row_number() over (order by slice_id, process_key) as process_id
    from (select distinct slice_id, process_key from placed) as distinct_processes
),

-- Contracts ---------------------------------------------------------------------------------------

-- Rows of one contract number that say the same amount are one contract; the latest tells it.
repeated_contracts as (
    select
        placed.slice_id,
        placed.ordinal,
        first_value(placed.ordinal) over (
            partition by
                placed.slice_id,
                placed.process_key,
                placed.contract_number,
                placed.supplier_id,
                placed.has_contract,
                placed.currency,
                coalesce(placed.amount, placed.max_amount)
            order by
                placed.updated_at desc nulls last,
                placed.signed_at desc nulls last,
                placed.record_sha256,
                placed.ordinal
        ) as line_ordinal
    from placed
    where
        placed.contract_number is not null
        and placed.amended_ordinal is null
)

select
    processes.process_id,
    placed.* exclude (amended_ordinal),
    placed.amended_ordinal is not null as is_amendment,
    coalesce(repeated_contracts.line_ordinal, placed.amended_ordinal, placed.ordinal)
        as line_ordinal
from placed
inner join processes
    on
        placed.slice_id = processes.slice_id
        and placed.process_key = processes.process_key
left join repeated_contracts
    on
        placed.slice_id = repeated_contracts.slice_id
        and coalesce(placed.amended_ordinal, placed.ordinal) = repeated_contracts.ordinal
