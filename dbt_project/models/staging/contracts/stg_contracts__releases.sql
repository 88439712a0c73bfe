with lines as (
    select * from {{ ref('stg_contracts__lines') }}
),

parties as (
    select * from {{ ref('stg_contracts__parties') }}
),

declarations as (
    select * from {{ source('landed_facts', 'sources') }}
),

generations as (
    select * from {{ source('landed_facts', 'generations') }}
),

-- One line per process ----------------------------------------------------------------------------

-- What its rows say once each.
{%- set said_once = {
    'procedure_type': 'procedure_type',
    'procedure_type_key': 'procedure_type_key',
    'law': 'law',
    'exception_article': 'exception_article',
    'exception_description': 'exception_description',
    'scope': 'scope',
    'participation': 'participation',
    'published_at': 'published_at',
} -%}
{#- The elements of a row's repairs, without the brackets around them. -#}
{%- set elements = "nullif(substr(repairs, 2, length(repairs) - 2), '')" %}
headers as (
    select
        process_id,
        min(slice_id) as slice_id,
        min(source_id) as source_id,
        min(family) as family,
        min(process_key) as process_key,
        min(tender_id) as tender_id,
        {%- for column, expression in said_once.items() %}
        min({{ expression }}) filter (not is_amendment) as {{ column }},
        {%- endfor %}
        max(clarified_at) as clarified_at,
        max(opened_at) as opened_at,
        max(awarded_at) as awarded_at,
        max(number_of_tenderers) as number_of_tenderers,
        -- Rows that name different budgets leave it open which is the procedure's.
        {{ only_value('budget_amount') }} as budget_amount,
        {{ only_value('coalesce(budget_amount, max_amount)') }} as tender_amount,
        {{ only_value('min_amount') }} as tender_min_amount,
        min(currency) as currency,
        string_agg(distinct funding_source, '; ' order by funding_source) as funding_source,
        coalesce(
            greatest(
                max(published_at),
                max(clarified_at),
                max(opened_at),
                max(awarded_at),
                max(signed_at)
            ),
            max(starts_at),
            max(updated_at)
        ) as released_at,
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
        ) }} as row_positions,
        -- Where a model hasn't named the record of a repair, it is the row's.
        {{ nest_ordered(
            "case when contains(repairs, ',\"ordinal\":') then " ~ elements
            ~ " else replace(" ~ elements ~ ", '{\"kind\":',"
            ~ " '{\"ordinal\":' || ordinal || ',\"kind\":') end",
            ['ordinal'],
        ) }} as repairs
    from lines
    group by process_id
),

-- Records of child tables that speak in a row; one may speak in several of a process.
child_positions as (
    select
        process_id,
        cast(count(*) as bigint) as record_count,
        {{ nest_ordered('position_text', ['ordinal']) }} as positions
    from (
        select distinct
            lines.process_id,
            cast(listed.element as varchar) as position_text,
            {{ try_integer(json_text('listed.element', '$.ordinal')) }} as ordinal
        from lines
        cross join {{ explode_json('lines.child_positions', '$', 'listed') }}
        where lines.child_positions is not null
    ) as distinct_positions
    group by process_id
),

description_counts as (
    select
        process_id,
        title,
        tender_description,
        contract_title,
        description,
        count(*) as row_count
    from lines
    where not is_amendment
    group by all
),

title_counts as (
    select
        process_id,
        coalesce(title, description, contract_title, tender_description) as title,
        sum(row_count) as row_count
    from description_counts
    where coalesce(title, description, contract_title, tender_description) is not null
    group by all
),

titles as (
    {{ latest_by('title_counts', ['process_id'], ['row_count desc', 'title']) }}
),

-- The procedure's own description; without one and without a title, what its contracts are about.
descriptions as (
    select
        process_id,
        coalesce(
            string_agg(distinct tender_description, '; ' order by tender_description),
            case
                when count(title) = 0 and count(distinct description) > 1
                    then string_agg(distinct description, '; ' order by description)
            end
        ) as description
    from description_counts
    group by process_id
),

-- A type may name several kinds (ADQUISICIONES, ARRENDAMIENTOS Y SERVICIOS).
contracting_types as (
    select distinct
        contracting_type,
        regexp_replace(
            strip_accents(upper(contracting_type)),
            'SERVICIOS? RELACIONAD[OA]S?( CON)?( LAS?)?( MISMAS?| OBRAS?( PUBLICAS?)?)?',
            'RELACIONADOS'
        ) as words
    from lines
    where contracting_type is not null
),

categories_of_types as (
    select distinct
        contracting_types.contracting_type,
        kinds.category,
        kinds.main_category
    from contracting_types
    -- EDCA counts worksRelatedServices among the services.
    inner join (
        values
        ('goodsAcquisition', 'goods', 'ADQUISICI|^BIENES|SUMINISTRO'),
        ('goodsLease', 'goods', 'ARREND'),
        ('services', 'services', 'SERVICIO'),
        ('works', 'works', 'OBRA'),
        ('worksRelatedServices', 'services', 'RELACIONADOS')
    ) as kinds (category, main_category, pattern)
        on regexp_matches(contracting_types.words, kinds.pattern)
),

categories as (
    select
        process_id,
        count(distinct main_category) as main_categories,
        min(main_category) as main_category,
        {{ nest_ordered(json_string('category'), ['category']) }} as additional_categories
    from (
        select distinct
            lines.process_id,
            categories_of_types.category,
            categories_of_types.main_category
        from lines
        inner join categories_of_types
            on lines.contracting_type = categories_of_types.contracting_type
        where not lines.is_amendment
    ) as distinct_categories
    group by process_id
),

notices as (
    select
        process_id,
        {{ nest_ordered(
            ocds_document(
                'anuncio', 'tenderNotice', 'title', 'address',
                "case when family = 'compranet' then '\"text/html\"' end",
            ),
            ['address'],
        ) }} as documents
    from (
        select
            process_id,
            {{ url_text('notice_url') }} as address,
            min(family) as family,
            'Anuncio del procedimiento'
            || case when min(layout) like 'comprasmx%' then ' en ComprasMX' else '' end as title
        from lines
        where notice_url is not null
        group by all
    ) as distinct_notices
    where address is not null
    group by process_id
),

places as (
    select distinct
        lines.process_id,
        {{ json_object_of({
            'description': json_string(
                "nullif(concat_ws(': ', "
                ~ json_text('listed.element', '$.name') ~ ', '
                ~ json_text('listed.element', '$.description') ~ "), '')"
            ),
            'geometry': "'{\"type\":\"Point\",\"coordinates\":['"
                ~ ' || cast(' ~ try_decimal(json_text('listed.element', '$.longitude'), 10, 6)
                ~ " as varchar) || ',' || cast("
                ~ try_decimal(json_text('listed.element', '$.latitude'), 10, 6)
                ~ " as varchar) || ']}'",
        }) }} as location,
        {{ json_object_of({
            'streetAddress': json_string(json_text('listed.element', '$.address')),
            'locality': json_string(
                'coalesce(' ~ json_text('listed.element', '$.locality') ~ ', '
                ~ json_text('listed.element', '$.municipality') ~ ')'
            ),
            'region': json_string(json_text('listed.element', '$.state')),
            'postalCode': json_string(json_text('listed.element', '$.postal_code')),
        }) }} as address
    from lines
    cross join {{ explode_json('lines.related_places', '$', 'listed') }}
    where lines.related_places is not null
),

places_of_tenders as (
    select
        process_id,
        '[' || string_agg(distinct location, ',' order by location) || ']' as locations,
        '[' || string_agg(distinct address, ',' order by address) || ']' as addresses
    from places
    group by process_id
),

-- Awards: one for each supplier. Ids come from what is public about them, never from an RFC -------

award_lines as (
    select
        *,
        coalesce(amount, max_amount) as line_amount
    from lines
    where
        ordinal = line_ordinal
        and (has_contract or supplier_id <> '')
),

award_totals as (
    select
        process_id,
        supplier_id,
        min(process_key) as process_key,
        min(supplier_name) as supplier_name,
        min(awarded_at) as awarded_at,
        min(currency) as currency,
        {{ only_value('exchange_rate') }} as exchange_rate,
        -- Amounts in two currencies, or two amounts of one contract number, have no sum.
        case
            when
                min(currency) is not distinct from max(currency)
                and count(contract_number) = count(distinct contract_number)
                then sum(line_amount)
        end as amount,
        case when count(net_amount) = count(line_amount) then sum(net_amount) end as net_amount
    from award_lines
    group by process_id, supplier_id
),

digested_awards as (
    select
        *,
        {{ short_digest([slug('supplier_name')]) }} as award_digest
    from award_totals
),

numbered_awards as (
    select
        *,
        row_number() over (
            partition by process_id, award_digest order by supplier_id
        ) as award_number
    from digested_awards
),

awards as (
    select
        *,
        process_key || '-A-' || award_digest
        || case when award_number > 1 then '-' || award_number else '' end as award_id
    from numbered_awards
),

-- Contracts ---------------------------------------------------------------------------------------

digested_contracts as (
    select
        award_lines.*,
        awards.award_id,
        coalesce(
            award_lines.contract_number,
            award_lines.process_key || '-C-' || {{ short_digest([
                'award_lines.unit_party_id',
                'awards.award_id',
                slug('award_lines.description'),
                'award_lines.budget_items',
                'award_lines.amount',
                'award_lines.starts_at',
            ]) }}
        ) as contract_key
    from award_lines
    inner join awards
        on
            award_lines.process_id = awards.process_id
            and award_lines.supplier_id = awards.supplier_id
    where award_lines.has_contract
),

numbered_contracts as (
    select
        *,
        row_number() over (
            partition by process_id, contract_key
            order by award_id, signed_at, line_amount, record_sha256, ordinal
        ) as key_number
    from digested_contracts
),

contracts as (
    select
        *,
        contract_key || case
            when key_number = 1 then ''
            when contract_number is null then '-' || key_number
            else ' (' || key_number || ')'
        end as contract_id
    from numbered_contracts
),

-- Items: the budget lines (COG, partida específica) a row names; "25301, 25401" are two ----------

line_items as (
    select distinct
        process_id,
        supplier_id,
        line_ordinal,
        unnest(regexp_extract_all(budget_items, '\d{3,6}')) as item_id
    from lines
    where
        budget_items is not null
        and not is_amendment
),

{%- set item = json_object_of({
    'id': json_string('item_id'),
    'classification': json_object_of({'scheme': "'\"COG\"'", 'id': json_string('item_id')}),
}) %}

items_of_tenders as (
    select
        process_id,
        {{ nest_ordered(item, ['item_id']) }} as items
    from (select distinct process_id, item_id from line_items) as distinct_items
    group by process_id
),

items_of_awards as (
    select
        process_id,
        supplier_id,
        {{ nest_ordered(item, ['item_id']) }} as items
    from (select distinct process_id, supplier_id, item_id from line_items) as distinct_items
    group by process_id, supplier_id
),

items_of_contracts as (
    select
        process_id,
        line_ordinal,
        {{ nest_ordered(item, ['item_id']) }} as items
    from line_items
    group by process_id, line_ordinal
),

-- Amendments: listed in a row, or convenios that are rows of their own ----------------------------

listed_amendments as (
    select
        lines.process_id,
        lines.line_ordinal,
        {{ json_text('listed.element', '$.id') }} as amendment_id,
        {{ json_text('listed.element', '$.date') }} as amendment_date,
        cast(null as varchar) as rationale,
        {{ json_text('listed.element', '$.description') }} as description,
        {{ json_text('listed.element', '$.url') }} as url
    from lines
    cross join {{ explode_json('lines.amendments', '$', 'listed') }}
    where lines.amendments is not null
    union
    -- What a convenio changes is in its text. Whether its amount comes on top isn't said, so it
    -- stays text too.
    select
        process_id,
        line_ordinal,
        contract_number as amendment_id,
        {{ ocds_datetime('coalesce(signed_at, starts_at)') }} as amendment_date,
        procedure_type as rationale,
        concat_ws(
            '; ',
            coalesce(title, description, contract_title),
            'importe publicado: ' || coalesce(amount, max_amount) || coalesce(' ' || currency, ''),
            'término publicado: ' || left({{ ocds_datetime('ends_at') }}, 10),
            case
                when not is_amendment
                    then 'publicado como contrato: el que modifica no está en la fuente'
            end
        ) as description,
        case when is_amendment then contract_url end as url
    from lines
    where is_convenio
),

identified_amendments as (
    select
        *,
        coalesce(
            amendment_id,
            'convenio-' || {{ short_digest(['amendment_date', 'description', 'url']) }}
        ) as amendment_key
    from listed_amendments
),

numbered_amendments as (
    select
        *,
        row_number() over (
            partition by process_id, line_ordinal, amendment_key
            order by amendment_date, description, rationale, url
        ) as key_number
    from identified_amendments
),

amendments as (
    select
        process_id,
        line_ordinal,
        {{ nest_ordered(
            json_object_of({
                'id': json_string(
                    "amendment_key"
                    ~ " || case when key_number > 1 then ' (' || key_number || ')' else '' end"
                ),
                'date': json_string('amendment_date'),
                'rationale': json_string('rationale'),
                'description': json_string('description'),
            }),
            ['amendment_date', 'amendment_key', 'key_number'],
        ) }} as amendments
    from numbered_amendments
    group by process_id, line_ordinal
),

contract_documents as (
    select
        process_id,
        line_ordinal,
        {{ nest_ordered(
            "case when is_annexe then "
            ~ ocds_document('convenio', 'contractAnnexe', "'Convenio modificatorio'", 'address')
            ~ " else " ~ ocds_document('contrato', 'contractSigned', "'Contrato'", 'address')
            ~ " end",
            ['is_annexe', 'address'],
        ) }} as documents
    from (
        select
            process_id,
            line_ordinal,
            {{ url_text('contract_url') }} as address,
            false as is_annexe
        from lines
        where
            contract_url is not null
            and not is_amendment
        union
        select
            process_id,
            line_ordinal,
            {{ url_text('url') }} as address,
            true as is_annexe
        from listed_amendments
        where url is not null
    ) as addresses
    where address is not null
    group by process_id, line_ordinal
),

contract_texts as (
    select
        contracts.process_id,
        contracts.contract_id,
        {{ json_object_of({
            'id': json_string('contracts.contract_id'),
            'awardID': json_string('contracts.award_id'),
            'title': json_string('contracts.contract_title'),
            'description': json_string('contracts.description'),
            'status': json_string(
                contract_status('strip_accents(upper(contracts.contract_status))')
            ),
            'period': json_object_of({
                'startDate': json_string(ocds_datetime('contracts.starts_at')),
                'endDate': json_string(ocds_datetime('contracts.ends_at')),
            }),
            'value': ocds_value(
                'contracts.line_amount',
                'contracts.currency',
                'contracts.net_amount',
                'contracts.exchange_rate',
            ),
            'items': 'items_of_contracts.items',
            'dateSigned': json_string(ocds_datetime('contracts.signed_at')),
            'documents': 'contract_documents.documents',
            'implementation': "case when coalesce(contracts.finished_at is not null, false)"
                ~ " or contracts.final_amount is not null then " ~ json_object_of({
                    'status': "'\"concluded\"'",
                    'milestones': "'[' || " ~ json_object_of({
                        'id': "'\"finiquito\"'",
                        'title': "'\"Finiquito\"'",
                        'description': json_string(
                            "'Importe del finiquito: ' || contracts.final_amount"
                            ~ " || coalesce(' ' || contracts.currency, '')"
                        ),
                        'dateMet': json_string(ocds_datetime('contracts.finished_at')),
                        'status': "case when contracts.finished_at is not null then '\"met\"' end",
                    }) ~ " || ']'",
                }) ~ " end",
            'amendments': 'amendments.amendments',
        }) }} as contract
    from contracts
    left join items_of_contracts
        on
            contracts.process_id = items_of_contracts.process_id
            and contracts.ordinal = items_of_contracts.line_ordinal
    left join contract_documents
        on
            contracts.process_id = contract_documents.process_id
            and contracts.ordinal = contract_documents.line_ordinal
    left join amendments
        on
            contracts.process_id = amendments.process_id
            and contracts.ordinal = amendments.line_ordinal
),

nested_contracts as (
    select
        process_id,
        {{ nest_ordered('contract', ['contract_id']) }} as contracts,
        string_agg(contract, '' order by contract_id) as contracts_text
    from contract_texts
    group by process_id
),

award_texts as (
    select
        awards.process_id,
        awards.award_id,
        {{ json_object_of({
            'id': json_string('awards.award_id'),
            'status': "'\"active\"'",
            'date': json_string(ocds_datetime('awards.awarded_at')),
            'value': "case when awards.amount is not null then "
                ~ ocds_value(
                    'awards.amount',
                    'awards.currency',
                    'awards.net_amount',
                    'awards.exchange_rate',
                )
                ~ " end",
            'suppliers': "'[' || case when awards.supplier_id <> '' then "
                ~ ocds_reference('awards.supplier_id', 'awards.supplier_name') ~ " end || ']'",
            'items': 'items_of_awards.items',
        }) }} as award
    from awards
    left join items_of_awards
        on
            awards.process_id = items_of_awards.process_id
            and awards.supplier_id = items_of_awards.supplier_id
),

nested_awards as (
    select
        process_id,
        {{ nest_ordered('award', ['award_id']) }} as awards
    from award_texts
    group by process_id
),

-- Of processes without contracts.
award_contents as (
    select
        process_id,
        string_agg(concat_ws(':', award_id, amount, awarded_at), ',' order by award_id)
            as awards_text
    from awards
    where process_id not in (select process_id from contracts)
    group by process_id
),

-- Release -----------------------------------------------------------------------------------------

assembled as (
    select
        headers.slice_id,
        headers.source_id,
        headers.family,
        headers.ordinal,
        headers.record_count + coalesce(child_positions.record_count, 0) as record_count,
        case
            when child_positions.positions is null then headers.row_positions
            else left(headers.row_positions, length(headers.row_positions) - 1) || ','
                || substr(child_positions.positions, 2)
        end as positions,
        headers.repairs,
        headers.released_at,
        -- A registered prefix or none: an ocds- prefix is never invented.
        coalesce(declarations.ocid_prefix, 'tequio-' || headers.source_id)
        || '-' || headers.process_key as ocid,
        -- A release must have a date. Without any in its rows it is that of the delivery: when
        -- what it says was first recorded in a system (OCDS 1.1, release date).
        {{ ocds_datetime('coalesce(headers.released_at, generations.fetched_at)') }}
            as release_date,
        parties.parties,
        parties.buyer,
        {{ json_object_of({
            'budget': json_object_of({
                'description': json_string('headers.funding_source'),
                'amount': ocds_value('headers.budget_amount', 'headers.currency'),
            }),
            'hasQuotes': "case when parties.quotes is not null then 'true' end",
            'requestsForQuotes': "'[' || case when parties.quotes is not null then "
                ~ json_object_of({'id': "'\"cotizaciones\"'", 'quotes': 'parties.quotes'})
                ~ " end || ']'",
        }) }} as planning,
        {{ json_object_of({
            'id': json_string('headers.tender_id'),
            'title': json_string('titles.title'),
            'description': json_string('nullif(descriptions.description, titles.title)'),
            'status': "case when nested_awards.awards is not null then '\"complete\"' end",
            'procuringEntity': 'parties.procuring_entity',
            'items': 'items_of_tenders.items',
            'value': ocds_value('headers.tender_amount', 'headers.currency'),
            'minValue': ocds_value('headers.tender_min_amount', 'headers.currency'),
            'procurementMethod': json_string(procurement_method('headers.procedure_type_key')),
            'procurementMethodDetails': json_string('headers.procedure_type'),
            'procurementMethodRationale': json_string(
                "nullif(concat_ws(': ', "
                ~ "nullif(concat_ws(', ', headers.law, headers.exception_article), ''), "
                ~ "headers.exception_description), '')"
            ),
            'mainProcurementCategory': "case when categories.main_categories = 1 then "
                ~ json_string('categories.main_category') ~ " end",
            'additionalProcurementCategories': 'categories.additional_categories',
            'submissionMethod': "case strip_accents(upper(headers.participation))"
                ~ " when 'ELECTRONICA' then '[\"electronicSubmission\"]'"
                ~ " when 'PRESENCIAL' then '[\"inPerson\"]'"
                ~ " when 'MIXTA' then '[\"electronicSubmission\",\"inPerson\"]' end",
            'submissionMethodDetails': json_string('headers.participation'),
            'eligibilityCriteria': json_string("'Carácter del procedimiento: ' || headers.scope"),
            'tenderPeriod': json_object_of({
                'startDate': json_string(ocds_datetime('headers.published_at')),
                'endDate': json_string(ocds_datetime('headers.opened_at')),
            }),
            'enquiryPeriod': json_object_of({
                'endDate': json_string(ocds_datetime('headers.clarified_at')),
            }),
            'awardPeriod': json_object_of({
                'endDate': "case when nested_awards.awards is null then "
                    ~ json_string(ocds_datetime('headers.awarded_at')) ~ " end",
            }),
            'numberOfTenderers': 'cast(headers.number_of_tenderers as varchar)',
            'tenderers': 'parties.tenderers',
            'documents': 'notices.documents',
            'deliveryLocations': 'places_of_tenders.locations',
            'deliveryAddresses': 'places_of_tenders.addresses',
        }) }} as tender,
        nested_awards.awards,
        nested_contracts.contracts,
        nested_contracts.contracts_text,
        -- What only some layouts say, and what else a process without contracts says. No party's id
        -- is in it: that would be an RFC.
        nullif(
            concat_ws(
                chr(31),
                headers.funding_source,
                headers.tender_amount,
                headers.tender_min_amount,
                headers.number_of_tenderers,
                headers.opened_at,
                headers.clarified_at,
                parties.bidder_text,
                case
                    when nested_contracts.contracts is null
                        then concat_ws(
                            chr(31),
                            titles.title,
                            descriptions.description,
                            headers.procedure_type,
                            items_of_tenders.items,
                            notices.documents,
                            award_contents.awards_text
                        )
                end
            ),
            ''
        ) as further_text
    from headers
    left join child_positions on headers.process_id = child_positions.process_id
    left join titles on headers.process_id = titles.process_id
    left join descriptions on headers.process_id = descriptions.process_id
    left join categories on headers.process_id = categories.process_id
    left join notices on headers.process_id = notices.process_id
    left join places_of_tenders on headers.process_id = places_of_tenders.process_id
    left join parties on headers.process_id = parties.process_id
    left join items_of_tenders on headers.process_id = items_of_tenders.process_id
    left join nested_awards on headers.process_id = nested_awards.process_id
    left join award_contents on headers.process_id = award_contents.process_id
    left join nested_contracts on headers.process_id = nested_contracts.process_id
    left join declarations on headers.source_id = declarations.source_id
    left join generations on headers.slice_id = generations.slice_id
),

identified as (
    select
        *,
        ocid || '-' || {{ short_digest([
            'contracts_text',
            "coalesce(cast(released_at as varchar), '') || coalesce(chr(31) || further_text, '')",
        ]) }} as release_id
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
        'tag': "'[' || concat_ws(',',"
            ~ " case when planning is not null then '\"planning\"' end, '\"tender\"',"
            ~ " case when awards is not null then '\"award\"' end,"
            ~ " case when contracts is not null then '\"contract\"' end) || ']'",
        'initiationType': "'\"tender\"'",
        'language': "'\"es\"'",
        'parties': 'parties',
        'buyer': 'buyer',
        'planning': 'planning',
        'tender': 'tender',
        'awards': 'awards',
        'contracts': 'contracts',
    }) }} as release,
    cast(null as varchar) as package,
    positions,
    cast(record_count as integer) as record_count,
    ordinal,
    family as conversion,
    0 as release_index,
    repairs
from identified
