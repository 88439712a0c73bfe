{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Codes of each contracting process against their codelists, and whether its states agree with each other.
with codelists as (
    select * from {{ ref('ocds_codelists') }}
),

states as (
    select * from {{ ref('entities') }}
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

-- OCDS-C01 to OCDS-C06: each code with the list it belongs to.
{%- set codes = [
    ('OCDS-C01', 'tenderStatus', 'tenders', 'status', "'/tender/status'"),
    ('OCDS-C02', 'method', 'tenders', 'procurement_method', "'/tender/procurementMethod'"),
    (
        'OCDS-C03', 'procurementCategory', 'tenders', 'main_procurement_category',
        "'/tender/mainProcurementCategory'",
    ),
    ('OCDS-C04', 'awardStatus', 'awards', 'status', "path || '/status'"),
    ('OCDS-C05', 'contractStatus', 'contracts', 'status', "path || '/status'"),
    ('OCDS-C06', 'partyRole', changed('ocds_party_roles'), 'role', 'path'),
] %}
c01_c06 as (
    {%- for rule_id, codelist, relation, column, path in codes %}
    select
        {{ place(
            rule_id,
            ok=column ~ " in (select code from codelists where codelist = '" ~ codelist ~ "')",
            path=path,
            value=column,
        ) }}
    from {{ relation }}
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- OCDS-C07: the method is the one of the procedure's kind (validation rules of the EDCA tool).
kinds as (
    select
        slice_id,
        ocid,
        procurement_method,
        procurement_method_details,
        case
            when {{ plain_text('procurement_method_details') }} like 'licitacion publica%' then 'open'
            when {{ plain_text('procurement_method_details') }} like 'invitacion a cuando menos%'
                then 'selective'
            when {{ plain_text('procurement_method_details') }} like 'adjudicacion directa%' then 'direct'
        end as expected_method
    from tenders
    where procurement_method is not null
),

c07 as (
    select
        {{ place(
            'OCDS-C07',
            ok='procurement_method = expected_method',
            path="'/tender/procurementMethod'",
            value="procurement_method || ' ≠ ' || procurement_method_details",
        ) }}
    from kinds
    where expected_method is not null
),

-- OCDS-C08: a document stands in a stage of its type.
c08 as (
    select
        {{ place(
            'OCDS-C08',
            ok="', ' || codelists.section || ',' like '%, ' || documents.stage || ',%'",
            path="documents.path || '/documentType'",
            value="documents.document_type || ' (' || documents.stage || ')'",
            of='documents',
        ) }}
    from {{ changed('ocds_documents') }} as documents
    inner join codelists
        on documents.document_type = codelists.code and codelists.codelist = 'documentType'
),

-- OCDS-C09: a Mexican state is written as in INEGI's catalogue.
c09 as (
    select
        {{ place(
            'OCDS-C09',
            ok="region in (select name from states where entity <> '00')"
            ~ " or region in (select short_name from states where entity <> '00')",
            path="path || '/address/region'",
            value='region',
        ) }}
    from {{ changed('ocds_parties') }}
    where
        region is not null
        and coalesce({{ plain_text('country_name') }}, 'mx') in (
            'mx', 'mex', 'mexico', 'estados unidos mexicanos'
        )
),

-- OCDS-H01: a direct award has one tenderer at most.
h01 as (
    select
        {{ place(
            'OCDS-H01',
            ok='number_of_tenderers <= 1',
            path="'/tender/numberOfTenderers'",
            value='number_of_tenderers',
        ) }}
    from tenders
    where procurement_method = 'direct' and number_of_tenderers is not null
),

-- OCDS-H02: a tender that isn't complete has neither awards nor contracts.
h02 as (
    select
        {{ place(
            'OCDS-H02',
            ok='award_count = 0 and contract_count = 0',
            path="'/tender/status'",
            value='status',
        ) }}
    from processes
    where status in ('planning', 'planned', 'active', 'cancelled', 'unsuccessful', 'withdrawn')
),

-- OCDS-H03: no contract is made of an inactive award.
h03 as (
    select
        {{ place(
            'OCDS-H03',
            ok='contracted.award_id is null',
            path="awards.path || '/status'",
            value='awards.status',
            of='awards',
        ) }}
    from awards
    left join (
        select distinct
            slice_id,
            ocid,
            award_id
        from contracts
    ) as contracted
        on
            awards.slice_id = contracted.slice_id
            and awards.ocid = contracted.ocid
            and awards.award_id = contracted.award_id
    where awards.award_id is not null and awards.status in ('pending', 'cancelled', 'unsuccessful')
),

-- OCDS-H04: nothing is paid on a pending or cancelled contract.
h04 as (
    select
        {{ place(
            'OCDS-H04',
            ok='paid.contract_path is null',
            path="contracts.path || '/status'",
            value='contracts.status',
            of='contracts',
        ) }}
    from contracts
    left join (
        select distinct
            slice_id,
            ocid,
            regexp_extract(path, '^/contracts/\d+') as contract_path
        from {{ changed('ocds_transactions') }}
    ) as paid
        on
            contracts.slice_id = paid.slice_id
            and contracts.ocid = paid.ocid
            and contracts.path = paid.contract_path
    where contracts.status in ('pending', 'cancelled')
),

-- OCDS-H05: as many tenderers as are listed; without a list there is nothing to compare.
h05 as (
    select
        {{ place(
            'OCDS-H05',
            ok='tenders.number_of_tenderers = listed.tenderer_count',
            path="'/tender/numberOfTenderers'",
            value="tenders.number_of_tenderers || ' ≠ ' || listed.tenderer_count",
            of='tenders',
        ) }}
    from tenders
    inner join (
        select
            slice_id,
            ocid,
            count(*) as tenderer_count
        from {{ changed('ocds_tenderers') }}
        group by slice_id, ocid
    ) as listed
        on tenders.slice_id = listed.slice_id and tenders.ocid = listed.ocid
    where tenders.number_of_tenderers is not null
),

places as (
    {%- for rule in ['c01_c06', 'c07', 'c08', 'c09', 'h01', 'h02', 'h03', 'h04', 'h05'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_codelists_coherence') }}
