{#- Keys of one contracting process: everything below is grouped and joined by them. -#}
{%- set process = ['slice_id', 'source_id', 'procedure_number'] -%}

{#- RFCs the SAT keeps for whoever has none: they identify nobody. -#}
{%- set generic_rfcs = "('XAXX010101000', 'XEXX010101000')" -%}

with contracts as (
    select * from {{ ref('stg_comprasmx__contracts') }}
),

declarations as (
    select * from {{ source('landed_facts', 'sources') }}
),

usable as (
    select
        *,
        coalesce(unit_id, 'MX-COMPRASMX-UC-' || {{ slug('unit_name') }}) as unit_party_id,
        'MX-COMPRASMX-INST-' || {{ slug('institution_name') }} as buyer_id,
        coalesce(
            case when rfc not in {{ generic_rfcs }} then 'MX-RFC-' || rfc end,
            'MX-COMPRASMX-PROV-' || {{ slug('supplier_name') }},
            ''
        ) as supplier_id,
        case when rfc not in {{ generic_rfcs }} then rfc end as supplier_rfc,
        strip_accents(upper(procedure_type)) as procedure_type_key,
        strip_accents(upper(contracting_type)) as contracting_type_key
    from contracts
    where unusable_reason is null
),

-- One line per procedure -------------------------------------------------------------------------

headers as (
    select
        {{ process | join(', ') }},
        min(procedure_type) as procedure_type,
        min(procedure_type_key) as procedure_type_key,
        min(published_at) as published_at,
        coalesce(
            greatest(max(published_at), max(awarded_at), max(signed_at)), max(starts_at)
        ) as released_at,
        nullif(
            concat_ws(
                ': ',
                nullif(concat_ws(', ', min(law), min(exception_article)), ''),
                min(exception_description)
            ),
            ''
        ) as rationale,
        count(distinct contracting_type_key) as contracting_types,
        min(contracting_type_key) as contracting_type_key,
        count(*) as record_count,
        min(ordinal) as ordinal,
        {{ nest_ordered(
            json_object_of({
                'raw_sha256': json_string('raw_sha256'),
                'page': 'cast(page as varchar)',
                'position': json_string('position'),
                'ordinal': 'cast(ordinal as varchar)',
            }),
            ['ordinal'],
        ) }} as positions
    from usable
    group by {{ process | join(', ') }}
),

description_counts as (
    select
        {{ process | join(', ') }},
        description,
        count(*) as row_count
    from usable
    where description is not null
    group by all
),

titles as (
    {{ latest_by('description_counts', process, ['row_count desc', 'description']) }}
),

descriptions as (
    select
        {{ process | join(', ') }},
        case when count(*) > 1 then string_agg(description, '; ' order by description) end
            as description
    from description_counts
    group by {{ process | join(', ') }}
),

categories as (
    select
        {{ process | join(', ') }},
        count(distinct main_category) as main_categories,
        min(main_category) as main_category,
        {{ nest_ordered(json_string('category'), ['category']) }} as additional_categories
    from (
        select distinct
            {{ process | join(', ') }},
            case
                when contracting_type_key = 'ADQUISICIONES' then 'goodsAcquisition'
                when contracting_type_key = 'ARRENDAMIENTOS' then 'goodsLease'
                when contracting_type_key = 'SERVICIOS' then 'services'
                when contracting_type_key = 'OBRA PUBLICA' then 'works'
                when contracting_type_key like 'SERVICIOS RELACIONADOS CON LA OBRA%'
                    then 'worksRelatedServices'
            end as category,
            case
                when contracting_type_key in ('ADQUISICIONES', 'ARRENDAMIENTOS') then 'goods'
                -- EDCA counts worksRelatedServices among the services.
                when contracting_type_key like 'SERVICIOS%' then 'services'
                when contracting_type_key = 'OBRA PUBLICA' then 'works'
            end as main_category
        from usable
    ) as distinct_categories
    group by {{ process | join(', ') }}
),

notices as (
    select
        {{ process | join(', ') }},
        {{ nest_ordered(
            json_object_of({
                'id': json_string("'anuncio-' || " ~ short_digest(['notice_url'])),
                'documentType': "'\"tenderNotice\"'",
                'title': "'\"Anuncio del procedimiento en ComprasMX\"'",
                'url': json_string('notice_url'),
                'format': "'\"text/html\"'",
                'language': "'\"es\"'",
            }),
            ['notice_url'],
        ) }} as documents
    from (
        select distinct
            {{ process | join(', ') }},
            notice_url
        from usable
        where regexp_matches(notice_url, '^https?://[^\s]+$')
    ) as distinct_notices
    group by {{ process | join(', ') }}
),

-- Parties ----------------------------------------------------------------------------------------

buyer_counts as (
    select
        {{ process | join(', ') }},
        buyer_id,
        min(institution_name) as buyer_name,
        count(*) as row_count
    from usable
    where buyer_id is not null
    group by {{ process | join(', ') }}, buyer_id
),

-- A consolidated purchase has rows of several institutions: the one with most of them is the buyer
-- of the release, all of them are parties with that role.
buyers as (
    {{ latest_by('buyer_counts', process, ['row_count desc', 'buyer_id']) }}
),

unit_counts as (
    select
        {{ process | join(', ') }},
        unit_party_id,
        min(unit_name) as unit_name,
        min(buyer_id) as buyer_id,
        min(institution_name) as buyer_name,
        count(*) as row_count
    from usable
    where unit_party_id is not null
    group by {{ process | join(', ') }}, unit_party_id
),

units as (
    {{ latest_by('unit_counts', process, ['row_count desc', 'unit_party_id']) }}
),

supplier_counts as (
    select
        {{ process | join(', ') }},
        supplier_id,
        min(supplier_name) as supplier_name,
        min(supplier_rfc) as supplier_rfc,
        min(supplier_size) as supplier_size,
        min(awarded_at) as awarded_at,
        sum(amount) as amount
    from usable
    group by {{ process | join(', ') }}, supplier_id
),

party_rows as (
    select
        {{ process | join(', ') }},
        1 as party_order,
        buyer_id as party_id,
        buyer_name as party_name,
        {{ json_object_of({
            'id': json_string('buyer_id'),
            'name': json_string('buyer_name'),
            'roles': "'[\"buyer\"]'",
        }) }} as party
    from buyer_counts
    union all
    select
        unit_counts.slice_id,
        unit_counts.source_id,
        unit_counts.procedure_number,
        2 as party_order,
        unit_counts.unit_party_id as party_id,
        unit_counts.unit_name as party_name,
        {{ json_object_of({
            'id': json_string('unit_counts.unit_party_id'),
            'name': json_string('unit_counts.unit_name'),
            'roles': "case when unit_counts.unit_party_id = units.unit_party_id"
                ~ " then '[\"procuringEntity\"]' else '[\"contractingUnit\"]' end",
            'memberOf': "'[' || "
                ~ "case when unit_counts.buyer_id is not null then "
                ~ ocds_reference('unit_counts.buyer_id', 'unit_counts.buyer_name')
                ~ " end || ']'",
        }) }} as party
    from unit_counts
    inner join units using ({{ process | join(', ') }})
    union all
    select
        {{ process | join(', ') }},
        3 as party_order,
        supplier_id as party_id,
        supplier_name as party_name,
        {{ json_object_of({
            'id': json_string('supplier_id'),
            'name': json_string('supplier_name'),
            'identifier': json_object_of({
                'scheme': "case when supplier_rfc is not null then '\"MX-RFC\"' end",
                'id': json_string('supplier_rfc'),
                'legalName': "case when supplier_rfc is not null then "
                    ~ json_string('supplier_name') ~ " end",
            }),
            'roles': "'[\"supplier\"]'",
            'details': json_object_of({'estratificacion': json_string('supplier_size')}),
        }) }} as party
    from supplier_counts
    where supplier_id <> ''
),

parties as (
    select
        {{ process | join(', ') }},
        {{ nest_ordered('party', ['party_order', 'party_name', 'party_id']) }} as parties
    from party_rows
    group by {{ process | join(', ') }}
),

-- Awards and contracts: ids come from what is public about them, never from an RFC ----------------

numbered_suppliers as (
    select
        *,
        {{ short_digest([slug('supplier_name')]) }} as award_digest,
        row_number() over (
            partition by {{ process | join(', ') }}, {{ short_digest([slug('supplier_name')]) }}
            order by supplier_id
        ) as award_number
    from supplier_counts
),

awards as (
    select
        *,
        procedure_number || '-A-' || award_digest
        || case when award_number > 1 then '-' || award_number else '' end as award_id
    from numbered_suppliers
),

digested_contracts as (
    select
        usable.*,
        awards.award_id,
        {{ short_digest([
            'usable.unit_party_id',
            'awards.award_id',
            slug('usable.description'),
            'usable.budget_items',
            'usable.amount',
            'usable.starts_at',
        ]) }} as contract_digest
    from usable
    inner join awards using ({{ process | join(', ') }}, supplier_id)
),

numbered_contracts as (
    select
        *,
        row_number() over (
            partition by {{ process | join(', ') }}, contract_digest
            order by signed_at, record_sha256, ordinal
        ) as contract_number
    from digested_contracts
),

identified_contracts as (
    select
        *,
        procedure_number || '-C-' || contract_digest
        || case when contract_number > 1 then '-' || contract_number else '' end as contract_id
    from numbered_contracts
),

-- Items: the budget lines (COG, partida específica) a row names; "25301, 25401" are two -----

contract_items as (
    select distinct
        {{ process | join(', ') }},
        award_id,
        contract_id,
        unnest(regexp_extract_all(budget_items, '\d{3,6}')) as item_id
    from identified_contracts
),

{%- set item = json_object_of({
    'id': json_string('item_id'),
    'classification': json_object_of({'scheme': "'\"COG\"'", 'id': json_string('item_id')}),
}) %}

items_of_tenders as (
    select
        {{ process | join(', ') }},
        {{ nest_ordered(item, ['item_id']) }} as items
    from (select distinct {{ process | join(', ') }}, item_id from contract_items) as distinct_items
    group by {{ process | join(', ') }}
),

items_of_awards as (
    select
        {{ process | join(', ') }},
        award_id,
        {{ nest_ordered(item, ['item_id']) }} as items
    from (
        select distinct {{ process | join(', ') }}, award_id, item_id from contract_items
    ) as distinct_items
    group by {{ process | join(', ') }}, award_id
),

items_of_contracts as (
    select
        {{ process | join(', ') }},
        contract_id,
        {{ nest_ordered(item, ['item_id']) }} as items
    from contract_items
    group by {{ process | join(', ') }}, contract_id
),

award_rows as (
    select
        {{ process | join(', ') }},
        award_id,
        {{ json_object_of({
            'id': json_string('award_id'),
            'status': "'\"active\"'",
            'date': json_string(ocds_datetime('awarded_at')),
            'value': ocds_value_mxn('amount'),
            'suppliers': "'[' || case when supplier_id <> '' then "
                ~ ocds_reference('supplier_id', 'supplier_name') ~ " end || ']'",
            'items': 'items_of_awards.items',
        }) }} as award
    from awards
    left join items_of_awards using ({{ process | join(', ') }}, award_id)
),

nested_awards as (
    select
        {{ process | join(', ') }},
        {{ nest_ordered('award', ['award_id']) }} as awards
    from award_rows
    group by {{ process | join(', ') }}
),

contract_rows as (
    select
        {{ process | join(', ') }},
        contract_id,
        {{ json_object_of({
            'id': json_string('contract_id'),
            'awardID': json_string('award_id'),
            'description': json_string('description'),
            'period': json_object_of({'startDate': json_string(ocds_datetime('starts_at'))}),
            'value': ocds_value_mxn('amount'),
            'items': 'items_of_contracts.items',
            'dateSigned': json_string(ocds_datetime('signed_at')),
        }) }} as contract
    from identified_contracts
    left join items_of_contracts using ({{ process | join(', ') }}, contract_id)
),

nested_contracts as (
    select
        {{ process | join(', ') }},
        {{ nest_ordered('contract', ['contract_id']) }} as contracts,
        string_agg(contract, '' order by contract_id) as contracts_text
    from contract_rows
    group by {{ process | join(', ') }}
),

-- Release ----------------------------------------------------------------------------------------

assembled as (
    select
        headers.slice_id,
        headers.source_id,
        headers.ordinal,
        headers.record_count,
        headers.positions,
        -- A registered prefix or none: an ocds- prefix is never invented.
        coalesce(declarations.ocid_prefix, 'tequio-' || headers.source_id)
        || '-' || headers.procedure_number as ocid,
        {{ ocds_datetime('headers.released_at') }} as release_date,
        headers.procedure_number,
        parties.parties,
        nested_awards.awards,
        nested_contracts.contracts,
        {{ short_digest(['nested_contracts.contracts_text', 'headers.released_at']) }}
            as content_digest,
        case when buyers.buyer_id is not null
            then {{ ocds_reference('buyers.buyer_id', 'buyers.buyer_name') }}
        end as buyer,
        {{ json_object_of({
            'id': json_string('headers.procedure_number'),
            'title': json_string('titles.description'),
            'description': json_string('descriptions.description'),
            'status': "'\"complete\"'",
            'procuringEntity': "case when units.unit_party_id is not null then "
                ~ ocds_reference('units.unit_party_id', 'units.unit_name') ~ " end",
            'items': 'items_of_tenders.items',
            'procurementMethod': "case"
                ~ " when headers.procedure_type_key like 'LICITACION PUBLICA%' then '\"open\"'"
                ~ " when headers.procedure_type_key like 'INVITACION A CUANDO MENOS%'"
                ~ " then '\"selective\"'"
                ~ " when headers.procedure_type_key like 'ADJUDICACION DIRECTA%'"
                ~ " then '\"direct\"' end",
            'procurementMethodDetails': json_string('headers.procedure_type'),
            'procurementMethodRationale': json_string('headers.rationale'),
            'mainProcurementCategory': "case when categories.main_categories = 1 then "
                ~ json_string('categories.main_category') ~ " end",
            'additionalProcurementCategories': 'categories.additional_categories',
            'tenderPeriod': json_object_of({
                'startDate': json_string(ocds_datetime('headers.published_at')),
            }),
            'documents': 'notices.documents',
        }) }} as tender
    from headers
    left join titles using ({{ process | join(', ') }})
    left join descriptions using ({{ process | join(', ') }})
    left join categories using ({{ process | join(', ') }})
    left join notices using ({{ process | join(', ') }})
    left join buyers using ({{ process | join(', ') }})
    left join units using ({{ process | join(', ') }})
    left join parties using ({{ process | join(', ') }})
    left join items_of_tenders using ({{ process | join(', ') }})
    left join nested_awards using ({{ process | join(', ') }})
    left join nested_contracts using ({{ process | join(', ') }})
    left join declarations on headers.source_id = declarations.source_id
),

identified as (
    select
        *,
        ocid || '-' || content_digest as release_id
    from assembled
)

select
    slice_id,
    source_id,
    ocid,
    release_id,
    release_date,
    {{ json_object_of({
        'ocid': json_string('ocid'),
        'id': json_string('release_id'),
        'date': json_string('release_date'),
        'tag': "'[\"tender\",\"award\",\"contract\"]'",
        'initiationType': "'\"tender\"'",
        'language': "'\"es\"'",
        'parties': 'parties',
        'buyer': 'buyer',
        'tender': 'tender',
        'awards': 'awards',
        'contracts': 'contracts',
    }) }} as release,
    cast(null as varchar) as package,
    positions,
    cast(record_count as integer) as record_count,
    ordinal,
    'comprasmx_2026' as conversion,
    0 as release_index
from identified
