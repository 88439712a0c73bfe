with lines as (
    select * from {{ ref('stg_contracts__lines') }}
),

-- Institutions and their units --------------------------------------------------------------------

buyer_counts as (
    select
        process_id,
        buyer_id,
        min(institution_name) as buyer_name,
        min(institution_id) as institution_id,
        min(government_level) as government_level,
        count(*) as row_count
    from lines
    where buyer_id is not null
    group by process_id, buyer_id
),

-- A consolidated purchase has rows of several institutions: the one with most of them is the buyer
-- of the release, all of them are parties with that role.
buyers as (
    {{ latest_by('buyer_counts', ['process_id'], ['row_count desc', 'buyer_id']) }}
),

unit_counts as (
    select
        process_id,
        unit_party_id,
        min(unit_name) as unit_name,
        min(buyer_id) as buyer_id,
        min(institution_name) as buyer_name,
        count(*) as row_count
    from lines
    where unit_party_id is not null
    group by process_id, unit_party_id
),

units as (
    {{ latest_by('unit_counts', ['process_id'], ['row_count desc', 'unit_party_id']) }}
),

-- Suppliers and bidders ---------------------------------------------------------------------------

supplier_counts as (
    select
        process_id,
        supplier_id,
        min(supplier_name) as supplier_name,
        min(supplier_rfc) as supplier_rfc,
        min(supplier_size) as supplier_size,
        min(supplier_country) as supplier_country
    from lines
    where
        supplier_id <> ''
        -- A convenio's row may name the supplier otherwise than the contract it changes.
        and not is_amendment
    group by process_id, supplier_id
),

listed_bidders as (
    select
        lines.process_id,
        lines.territory,
        lines.currency,
        coalesce(
            {{ procurement_method('lines.procedure_type_key') }} = 'direct', false
        ) as is_direct,
        -- Format 43335 has a table of quotes.
        lines.layout like 'sipot_43335%' as is_quote,
        {{ json_text('listed.element', '$.name') }} as bidder_name,
        {{ json_text('listed.element', '$.rfc') }} as rfc,
        {{ try_decimal(json_text('listed.element', '$.amount')) }} as amount
    from lines
    cross join {{ explode_json('lines.bidders', '$', 'listed') }}
    where lines.bidders is not null
),

slugged_bidders as (
    select
        *,
        {{ name_slug('bidder_name') }} as bidder_slug
    from listed_bidders
),

-- A bidder without RFC is the supplier of that name, if one is.
named_suppliers as (
    select
        process_id,
        {{ name_slug('supplier_name') }} as supplier_slug,
        min(supplier_id) as supplier_id
    from supplier_counts
    where process_id in (select process_id from listed_bidders)
    group by all
    having count(*) = 1
),

identified_bidders as (
    select
        slugged_bidders.process_id,
        slugged_bidders.is_direct,
        slugged_bidders.is_quote,
        slugged_bidders.bidder_name,
        slugged_bidders.bidder_slug,
        slugged_bidders.amount,
        slugged_bidders.currency,
        case
            when slugged_bidders.rfc not in {{ generic_rfcs() }} then slugged_bidders.rfc
        end as bidder_rfc,
        coalesce(
            case when slugged_bidders.rfc is null then named_suppliers.supplier_id end,
            {{ supplier_party_id(
                'slugged_bidders.rfc', 'slugged_bidders.bidder_slug', 'slugged_bidders.territory'
            ) }}
        ) as bidder_id
    from slugged_bidders
    left join named_suppliers
        on
            slugged_bidders.process_id = named_suppliers.process_id
            and slugged_bidders.bidder_slug = named_suppliers.supplier_slug
),

-- Prices for a direct award are quotes, not offers; that of its supplier alone is its amount again.
compared_awards as (
    select distinct identified_bidders.process_id
    from identified_bidders
    left join supplier_counts
        on
            identified_bidders.process_id = supplier_counts.process_id
            and identified_bidders.bidder_id = supplier_counts.supplier_id
    where
        identified_bidders.is_direct
        and supplier_counts.supplier_id is null
),

bidders as (
    select
        * exclude (is_direct, is_quote),
        is_direct or is_quote as is_quote
    from identified_bidders
    where
        bidder_id <> ''
        and (
            is_quote
            or not is_direct
            or process_id in (select process_id from compared_awards)
        )
),

bidder_parties as (
    select
        process_id,
        bidder_id,
        is_quote,
        min(bidder_name) as bidder_name,
        min(bidder_rfc) as bidder_rfc
    from bidders
    group by process_id, bidder_id, is_quote
),

-- EDCA has no place for what a tenderer offers (the bids extension isn't in its profile): the
-- amounts are details of the party.
offers as (
    select
        process_id,
        bidder_id,
        {{ nest_ordered('cast(amount as varchar)', ['amount']) }} as amounts
    from (
        select distinct
            process_id,
            bidder_id,
            amount
        from bidders
        where not is_quote
    ) as distinct_offers
    group by process_id, bidder_id
),

-- What bidders said, without ids: a part of the content of the release.
bidder_texts as (
    select
        process_id,
        string_agg(
            concat_ws(':', bidder_slug, amount), ',' order by bidder_slug, amount
        ) as bidder_text
    from bidders
    group by process_id
),

-- Everybody once ----------------------------------------------------------------------------------

sellers as (
    select
        process_id,
        supplier_id as party_id,
        supplier_name as party_name,
        supplier_rfc as rfc,
        supplier_size,
        supplier_country,
        'supplier' as role,
        1 as role_order
    from supplier_counts
    union all
    select
        process_id,
        bidder_id as party_id,
        bidder_name as party_name,
        bidder_rfc as rfc,
        cast(null as varchar) as supplier_size,
        cast(null as varchar) as supplier_country,
        case when is_quote then 'issuingSupplier' else 'tenderer' end as role,
        2 as role_order
    from bidder_parties
),

selling_parties as (
    select
        process_id,
        party_id,
        coalesce(min(case when role_order = 1 then party_name end), min(party_name)) as party_name,
        coalesce(min(case when role_order = 1 then rfc end), min(rfc)) as rfc,
        min(supplier_size) as supplier_size,
        min(supplier_country) as supplier_country,
        min(role_order) as role_order,
        '["' || string_agg(role, '","' order by role_order, role) || '"]' as roles
    from sellers
    group by process_id, party_id
),

-- References bear the name of the party.
tenderers as (
    select
        bidder_parties.process_id,
        {{ nest_ordered(
            ocds_reference('selling_parties.party_id', 'selling_parties.party_name'),
            ['selling_parties.party_name', 'selling_parties.party_id'],
        ) }} as tenderers
    from bidder_parties
    inner join selling_parties
        on
            bidder_parties.process_id = selling_parties.process_id
            and bidder_parties.bidder_id = selling_parties.party_id
    where not bidder_parties.is_quote
    group by bidder_parties.process_id
),

digested_quotes as (
    select
        process_id,
        bidder_id,
        amount,
        min(currency) as currency,
        {{ short_digest(['min(bidder_slug)', 'amount']) }} as quote_digest
    from bidders
    where is_quote
    group by process_id, bidder_id, amount
),

numbered_quotes as (
    select
        *,
        row_number() over (partition by process_id, quote_digest order by bidder_id) as quote_number
    from digested_quotes
),

identified_quotes as (
    select
        *,
        'cotizacion-' || quote_digest
        || case when quote_number > 1 then '-' || quote_number else '' end as quote_id
    from numbered_quotes
),

quotes as (
    select
        identified_quotes.process_id,
        {{ nest_ordered(
            json_object_of({
                'id': json_string('identified_quotes.quote_id'),
                'value': ocds_value('identified_quotes.amount', 'identified_quotes.currency'),
                'issuingSupplier': ocds_reference(
                    'selling_parties.party_id', 'selling_parties.party_name'
                ),
            }),
            ['identified_quotes.quote_id'],
        ) }} as quotes
    from identified_quotes
    inner join selling_parties
        on
            identified_quotes.process_id = selling_parties.process_id
            and identified_quotes.bidder_id = selling_parties.party_id
    group by identified_quotes.process_id
),

party_rows as (
    select
        process_id,
        1 as party_order,
        buyer_id as party_id,
        buyer_name as party_name,
        {{ json_object_of({
            'id': json_string('buyer_id'),
            'name': json_string('buyer_name'),
            'roles': "'[\"buyer\"]'",
            'details': json_object_of({
                'clave': json_string('institution_id'),
                'ordenDeGobierno': json_string('government_level'),
            }),
        }) }} as party
    from buyer_counts
    union all
    select
        unit_counts.process_id,
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
    inner join units on unit_counts.process_id = units.process_id
    union all
    select
        selling_parties.process_id,
        2 + selling_parties.role_order as party_order,
        selling_parties.party_id,
        selling_parties.party_name,
        {{ json_object_of({
            'id': json_string('selling_parties.party_id'),
            'name': json_string('selling_parties.party_name'),
            'identifier': json_object_of({
                'scheme': "case when selling_parties.rfc is not null then '\"MX-RFC\"' end",
                'id': json_string('selling_parties.rfc'),
                'legalName': "case when selling_parties.rfc is not null then "
                    ~ json_string('selling_parties.party_name') ~ " end",
            }),
            'address': json_object_of({
                'countryName': json_string('selling_parties.supplier_country'),
            }),
            'roles': 'selling_parties.roles',
            'details': json_object_of({
                'estratificacion': json_string('selling_parties.supplier_size'),
                'montosOfertados': 'offers.amounts',
            }),
        }) }} as party
    from selling_parties
    left join offers
        on
            selling_parties.process_id = offers.process_id
            and selling_parties.party_id = offers.bidder_id
),

parties as (
    select
        process_id,
        {{ nest_ordered('party', ['party_order', 'party_name', 'party_id']) }} as parties
    from party_rows
    group by process_id
)

select
    parties.process_id,
    parties.parties,
    case when buyers.buyer_id is not null
        then {{ ocds_reference('buyers.buyer_id', 'buyers.buyer_name') }}
    end as buyer,
    case when units.unit_party_id is not null
        then {{ ocds_reference('units.unit_party_id', 'units.unit_name') }}
    end as procuring_entity,
    tenderers.tenderers,
    quotes.quotes,
    bidder_texts.bidder_text
from parties
left join buyers on parties.process_id = buyers.process_id
left join units on parties.process_id = units.process_id
left join tenderers on parties.process_id = tenderers.process_id
left join quotes on parties.process_id = quotes.process_id
left join bidder_texts on parties.process_id = bidder_texts.process_id
