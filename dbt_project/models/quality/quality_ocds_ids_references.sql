{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Identifiers and internal references of each contracting process. Ids are compared as text: the tables
-- hold text, and CompraNet's integer contract ids are no reader's problem (Pelican fails "1" against 1).
with sources as (
    select * from {{ source('landed_facts', 'sources') }}
),

processes as (
    select * from {{ changed('ocds_processes') }}
),

awards as (
    select * from {{ changed('ocds_awards') }}
),

contracts as (
    select * from {{ changed('ocds_contracts') }}
),

transactions as (
    select * from {{ changed('ocds_transactions') }}
),

party_roles as (
    select * from {{ changed('ocds_party_roles') }}
),

parties as (
    select
        slice_id,
        ocid,
        party_id,
        count(*) as party_count,
        min(name) as name,
        min(roles) as roles
    from {{ changed('ocds_parties') }}
    where party_id is not null
    group by slice_id, ocid, party_id
),

-- References of which tables tell nothing, with the objects that hold something all the same: CDMX refers to the
-- procuring entity by an identifier in place of the id.
unread as (
    select
        slice_id,
        ocid,
        path,
        list_transform(members, lambda member: split_part(member.name, '/', 1)) as holders
    from {{ source('rebuilt', 'additional_fields') }}
    where object in ('', '/tender', '/contracts/implementation/transactions')
),

-- Every place that refers to an organization, with the role it gives it.
mentions as (
    {%- for role, member, of, column, path in [
        ('buyer', 'buyer', 'processes', 'buyer', "''"),
        ('procuringEntity', 'procuringEntity', 'processes', 'procuring_entity', "'/tender'"),
        ('payer', 'payer', 'transactions', 'payer', 'transactions.path'),
        ('payee', 'payee', 'transactions', 'payee', 'transactions.path'),
    ] %}
    select
        {{ of }}.slice_id,
        {{ of }}.ocid,
        '{{ role }}' as role,
        {{ path }} || '/{{ member }}' as path,
        {{ of }}.{{ column }}_id as party_id,
        {{ of }}.{{ column }}_name as name
    from {{ of }}
    left join unread
        on
            {{ of }}.slice_id = unread.slice_id
            and {{ of }}.ocid = unread.ocid
            and {{ path }} = unread.path
    where
        {{ of }}.{{ column }}_id is not null
        or {{ of }}.{{ column }}_name is not null
        or list_contains(unread.holders, '{{ member }}')
    union all
    {%- endfor %}
    select
        slice_id,
        ocid,
        'supplier' as role,
        path,
        supplier_id as party_id,
        supplier_name as name
    from {{ changed('ocds_award_suppliers') }}
    union all
    select
        slice_id,
        ocid,
        'tenderer' as role,
        path,
        tenderer_id as party_id,
        tenderer_name as name
    from {{ changed('ocds_tenderers') }}
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
        parties.name as party_name,
        parties.roles
    from mentions
    left join parties
        on
            mentions.slice_id = parties.slice_id
            and mentions.ocid = parties.ocid
            and mentions.party_id = parties.party_id
),

-- OCDS-I01: one release id, one content. Byte-equal repetitions were counted at landing and are gone. Texts are read where
-- an id is told again only.
release_ids as (
    select
        slice_id,
        ocid,
        release_id,
        count(*) as release_count
    from {{ source('rebuilt', 'ocds_releases') }}
    where release_id is not null
    group by slice_id, ocid, release_id
),

contents as (
    select
        releases.slice_id,
        releases.ocid,
        releases.release_id,
        count(distinct releases.release) as content_count
    from {{ source('rebuilt', 'ocds_releases') }} as releases
    inner join release_ids
        on
            releases.slice_id = release_ids.slice_id
            and releases.ocid = release_ids.ocid
            and releases.release_id = release_ids.release_id
            and release_ids.release_count > 1
    group by releases.slice_id, releases.ocid, releases.release_id
),

i01 as (
    select
        {{ place(
            'OCDS-I01',
            ok='coalesce(contents.content_count, 1) = 1',
            path="'/id'",
            value='release_ids.release_id',
            of='release_ids',
        ) }}
    from release_ids
    left join contents
        on
            release_ids.slice_id = contents.slice_id
            and release_ids.ocid = contents.ocid
            and release_ids.release_id = contents.release_id
),

-- OCDS-I02: the ocid starts with the registered prefix and goes on.
i02 as (
    select
        {{ place(
            'OCDS-I02',
            ok="starts_with(processes.ocid, sources.ocid_prefix || '-')"
            ~ " and length(processes.ocid) > length(sources.ocid_prefix) + 1",
            path="'/ocid'",
            value='processes.ocid',
            of='processes',
        ) }}
    from processes
    inner join sources on processes.source_id = sources.source_id
    where sources.ocid_prefix is not null
),

-- OCDS-I03: awards, contracts and items have an id.
i03 as (
    select {{ place('OCDS-I03', ok='award_id is not null', path="path || '/id'") }} from awards
    union all
    select {{ place('OCDS-I03', ok='contract_id is not null', path="path || '/id'") }} from contracts
    union all
    select {{ place('OCDS-I03', ok='item_id is not null', path="path || '/id'") }}
    from {{ changed('ocds_items') }}
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
            'OCDS-R01',
            ok='award_ids.award_count = 1',
            path="contracts.path || '/awardID'",
            value='contracts.award_id',
            of='contracts',
        ) }}
    from contracts
    left join award_ids
        on
            contracts.slice_id = award_ids.slice_id
            and contracts.ocid = award_ids.ocid
            and contracts.award_id = award_ids.award_id
),

-- OCDS-R02 to OCDS-R06: who is referred to stands once in parties.
{%- set reference_rules = {
    'OCDS-R02': ['buyer'],
    'OCDS-R03': ['procuringEntity'],
    'OCDS-R04': ['supplier'],
    'OCDS-R05': ['tenderer'],
    'OCDS-R06': ['payer', 'payee'],
} %}
r02_r06 as (
    {%- for rule_id, roles in reference_rules.items() %}
    select {{ place(rule_id, ok='party_count = 1', path="path || '/id'", value='party_id') }}
    from matched
    where role in ('{{ roles | join("', '") }}')
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- OCDS-R07: who is referred to has that role in parties.
r07 as (
    select
        {{ place(
            'OCDS-R07',
            ok="list_contains(string_split(roles, ','), role)",
            path='path',
            value='role',
        ) }}
    from matched
    where party_count = 1
),

-- OCDS-R08: a role in parties is used somewhere (Pelican doesn't test the buyer).
r08 as (
    select
        {{ place(
            'OCDS-R08',
            ok='used.role is not null',
            path='party_roles.path',
            value='party_roles.role',
            of='party_roles',
        ) }}
    from party_roles
    left join (select distinct slice_id, ocid, party_id, role from mentions) as used
        on
            party_roles.slice_id = used.slice_id
            and party_roles.ocid = used.ocid
            and party_roles.party_id = used.party_id
            and party_roles.role = used.role
    where
        party_roles.party_id is not null
        and party_roles.role in ('procuringEntity', 'tenderer', 'supplier', 'payer', 'payee')
),

-- OCDS-R09: reference and party bear the same name.
r09 as (
    select
        {{ place(
            'OCDS-R09',
            ok='name = party_name',
            path="path || '/name'",
            value="name || ' ≠ ' || party_name",
        ) }}
    from matched
    where party_count = 1 and name is not null and party_name is not null
),

-- OCDS-I04, OCDS-I05: the id of a tender, and a contract, belong to one process. Where there are any they pass, if
-- quality_ocds_duplicates doesn't deny it.
i04 as (
    select {{ place('OCDS-I04', ok='true', path='null') }}
    from {{ changed('ocds_tenders') }}
    where tender_id is not null
),

i05 as (
    select {{ place('OCDS-I05', ok='true', path='null') }}
    from contracts
    where contract_id is not null and amount <> 0 and date_signed is not null
),

places as (
    select * from i01
    union all
    select * from i02
    union all
    select * from i03
    union all
    select * from i04
    union all
    select * from i05
    union all
    select * from r01
    union all
    select * from r02_r06
    union all
    select * from r07
    union all
    select * from r08
    union all
    select * from r09
)

{{ verdicts('quality_ocds_ids_references') }}
