-- Identifiers and internal references of each contracting process. Ids are compared as text: the tables
-- hold text, and CompraNet's integer contract ids are no reader's problem (Pelican fails "1" against 1).
with entities as (
    {{ process_entities() }}
),

sources as (
    select * from {{ source('landed_facts', 'sources') }}
),

processes as (
    select * from {{ ref('ocds_processes') }}
),

awards as (
    select * from {{ ref('ocds_awards') }}
),

contracts as (
    select * from {{ ref('ocds_contracts') }}
),

party_roles as (
    select * from {{ ref('ocds_party_roles') }}
),

parties as (
    select
        slice_id,
        ocid,
        party_id,
        count(*) as party_count,
        min(name) as name
    from {{ ref('ocds_parties') }}
    where party_id is not null
    group by slice_id, ocid, party_id
),

-- Every place that refers to an organization, with the role it gives it.
mentions as (
    select
        slice_id,
        ocid,
        'buyer' as role,
        '/buyer' as path,
        buyer_id as party_id,
        buyer_name as name
    from processes
    where buyer_id is not null or buyer_name is not null
    union all
    select
        slice_id,
        ocid,
        'procuringEntity' as role,
        '/tender/procuringEntity' as path,
        procuring_entity_id as party_id,
        procuring_entity_name as name
    from processes
    where procuring_entity_id is not null or procuring_entity_name is not null
    union all
    select
        slice_id,
        ocid,
        'supplier' as role,
        path,
        supplier_id as party_id,
        supplier_name as name
    from {{ ref('ocds_award_suppliers') }}
    union all
    select
        slice_id,
        ocid,
        'tenderer' as role,
        path,
        tenderer_id as party_id,
        tenderer_name as name
    from {{ ref('ocds_tenderers') }}
    union all
    select
        slice_id,
        ocid,
        'payer' as role,
        path || '/payer' as path,
        payer_id as party_id,
        payer_name as name
    from {{ ref('ocds_transactions') }}
    where payer_id is not null or payer_name is not null
    union all
    select
        slice_id,
        ocid,
        'payee' as role,
        path || '/payee' as path,
        payee_id as party_id,
        payee_name as name
    from {{ ref('ocds_transactions') }}
    where payee_id is not null or payee_name is not null
),

matched as (
    select
        mentions.slice_id,
        mentions.ocid,
        mentions.role,
        mentions.path,
        mentions.party_id,
        mentions.name,
        coalesce(parties.party_count, 0) as party_count,
        parties.name as party_name
    from mentions
    left join parties
        on
            mentions.slice_id = parties.slice_id
            and mentions.ocid = parties.ocid
            and mentions.party_id = parties.party_id
),

-- OCDS-I02: the ocid starts with the registered prefix and goes on.
i02 as (
    select
        {{ place(
            'OCDS-I02',
            "starts_with(processes.ocid, sources.ocid_prefix || '-')"
            ~ " and length(processes.ocid) > length(sources.ocid_prefix) + 1",
            "'/ocid'",
            'processes.ocid'
        ) }}
    from processes
    inner join sources on processes.source_id = sources.source_id
    where sources.ocid_prefix is not null
),

-- OCDS-I03: awards, contracts and items have an id.
i03 as (
    select {{ place('OCDS-I03', 'award_id is not null', "path || '/id'", 'null') }} from awards
    union all
    select {{ place('OCDS-I03', 'contract_id is not null', "path || '/id'", 'null') }} from contracts
    union all
    select {{ place('OCDS-I03', 'item_id is not null', "path || '/id'", 'null') }} from {{ ref('ocds_items') }}
),

-- OCDS-R01: awardID names exactly one award of the process.
award_ids as (
    select
        slice_id,
        ocid,
        award_id,
        count(*) as award_count
    from awards
    where award_id is not null
    group by slice_id, ocid, award_id
),

r01 as (
    select
        {{ place(
            'OCDS-R01', 'award_ids.award_count = 1', "contracts.path || '/awardID'", 'contracts.award_id'
        ) | replace('    slice_id', '    contracts.slice_id') | replace('    ocid as', '    contracts.ocid as') }}
    from contracts
    left join award_ids
        on
            contracts.slice_id = award_ids.slice_id
            and contracts.ocid = award_ids.ocid
            and contracts.award_id = award_ids.award_id
),
