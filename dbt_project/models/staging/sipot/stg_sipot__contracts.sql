{#- A table among views: several models read it, and each would read every list again. -#}
{{ config(materialized='table') }}
{%- set carrier = ['slice_id', 'carrier_ordinal'] %}
{#- Canonical fields that no SIPOT format has, in its main sheet or in its tables. -#}
{%- set absent = [] %}
{%- for field in contract_fields() if field not in sipot_row_fields() %}
    {%- if field not in ('law', 'budget_items', 'number_of_tenderers', 'has_contract') %}
        {%- do absent.append(field) %}
    {%- endif %}
{%- endfor %}

with main_rows as (
    select * from {{ ref('stg_sipot__rows') }}
),

children as (
    select * from {{ ref('stg_sipot__children') }}
),

links as (
    select * from {{ ref('stg_sipot__links') }}
),

carriers as (
    select * from {{ ref('stg_sipot__carriers') }}
),

-- A child under a row, with the contract row it speaks in. Of a row that was issued again only the
-- latest issue's children give values.
spoken as (
    select distinct
        links.slice_id,
        carriers.carrier_ordinal,
        carriers.carried_as <> 'earlier_issue' as is_value,
        carriers.contract_number as contract_number_of_row,
        children.* exclude (slice_id)
    from links
    inner join carriers
        on
            links.slice_id = carriers.slice_id
            and links.original_ordinal = carriers.ordinal
    inner join children
        on
            links.slice_id = children.slice_id
            and links.child_ordinal = children.ordinal
    where carriers.carried_as <> 'unusable'
),

child_values as (
    select * from spoken
    where is_value
),

-- Bidders ----------------------------------------------------------------------------------------

bidder_rows as (
    select
        *,
        {{ json_object_of({
            'name': json_string('supplier_name'),
            'rfc': json_string('rfc'),
            'amount': 'cast(amount as varchar)',
        }) }} as bidder
    from child_values
    where role in ('quotes', 'possible_bidders', 'bidders')
),

-- Who was asked isn't who made an offer: possible bidders count only where no offers are told.
distinct_bidders as (
    select
        slice_id,
        carrier_ordinal,
        role,
        bidder,
        min(ordinal) as ordinal,
        min(coalesce(rfc, {{ slug('supplier_name') }})) as bidder_key
    from bidder_rows
    where bidder is not null
    group by slice_id, carrier_ordinal, role, bidder
    qualify
        role <> 'possible_bidders'
        or max(case when role = 'bidders' then 1 else 0 end) over (
            partition by slice_id, carrier_ordinal
        ) = 0
),

bidders as (
    select
        {{ carrier | join(', ') }},
        {{ nest_ordered('bidder', ['role', 'ordinal']) }} as bidders,
        cast(nullif(count(distinct bidder_key) filter (role = 'bidders'), 0) as integer)
            as number_of_tenderers
    from distinct_bidders
    group by {{ carrier | join(', ') }}
),

-- Amendments, budget lines, places ---------------------------------------------------------------

amendment_rows as (
    select
        {{ carrier | join(', ') }},
        ordinal,
        amendment_at,
        {{ json_object_of({
            'id': json_string("coalesce(amendment_id, 'convenio-' || "
                ~ short_digest(['description', 'amendment_at', 'amendment_url']) ~ ')'),
            'description': json_string("case when role = 'amendments' then description end"),
            'date': json_string(ocds_datetime('amendment_at')),
            'url': json_string('amendment_url'),
        }) }} as amendment
    from child_values
    where
        role in ('amendments', 'contract')
        and (
            amendment_url is not null
            or (role = 'amendments' and concat(amendment_id, description, amendment_at) <> '')
        )
),

amendments as (
    select
        {{ carrier | join(', ') }},
        {{ nest_ordered('amendment', ['amendment_at', 'ordinal']) }} as amendments
    from (
        select
            {{ carrier | join(', ') }},
            amendment,
            amendment_at,
            min(ordinal) as ordinal
        from amendment_rows
        group by {{ carrier | join(', ') }}, amendment, amendment_at
    ) as distinct_amendments
    group by {{ carrier | join(', ') }}
),

budget_lines as (
    select
        {{ carrier | join(', ') }},
        string_agg(distinct budget_items, ', ' order by budget_items) as budget_items
    from child_values
    where role = 'budget_items'
    group by {{ carrier | join(', ') }}
),

place_rows as (
    select
        {{ carrier | join(', ') }},
        ordinal,
        place
    from child_values
    where place is not null
    union all
    select
        slice_id,
        ordinal as carrier_ordinal,
        ordinal,
        place
    from main_rows
    where place is not null
),

places as (
    select
        {{ carrier | join(', ') }},
        {{ nest_ordered('place', ['ordinal']) }} as related_places
    from (
        select
            {{ carrier | join(', ') }},
            {{ json_object_of({'description': json_string('place')}) }} as place,
            min(ordinal) as ordinal
        from place_rows
        group by {{ carrier | join(', ') }}, place
    ) as distinct_places
    group by {{ carrier | join(', ') }}
),

-- Format XXIII-B: what the tables and the other rows of a contract say --------------------------

provider_rows as (
    select * from child_values
    where role = 'provider'
),

providers as (
    {{ latest_by('provider_rows', carrier, ['ordinal']) }}
),

invoices as (
    select
        {{ carrier | join(', ') }},
        min(signed_at) as signed_at,
        min(starts_at) as starts_at,
        max(ends_at) as ends_at,
        arg_min(contract_url, ordinal) filter (contract_url is not null) as contract_url,
        string_agg(distinct description, '; ' order by description) as description,
        -- The rows of a contract are its invoices. Where the column for the contract's total holds
        -- what each of them paid, the total is their sum.
        case
            when bool_and(amount = paid_amount) then sum(amount)
            else max(amount)
        end as amount
    from child_values
    where
        role = 'contract'
        and not is_duplicate
        and contract_number is not distinct from contract_number_of_row
    group by {{ carrier | join(', ') }}
),

campaigns as (
    select
        carriers.slice_id,
        carriers.carrier_ordinal,
        string_agg(
            distinct main_rows.tender_description, '; ' order by main_rows.tender_description
        ) as tender_description,
        max(main_rows.updated_at) as updated_at
    from carriers
    inner join main_rows
        on
            carriers.slice_id = main_rows.slice_id
            and carriers.ordinal = main_rows.ordinal
    where carriers.carried_as in ('itself', 'other_invoice')
    group by carriers.slice_id, carriers.carrier_ordinal
),

-- Source records that speak in a row beside its own ----------------------------------------------

places_of_records as (
    select
        slice_id,
        carrier_ordinal,
        ordinal,
        raw_sha256,
        page,
        position
    from spoken
    where not is_duplicate
    union
    select
        carriers.slice_id,
        carriers.carrier_ordinal,
        main_rows.ordinal,
        main_rows.raw_sha256,
        main_rows.page,
        main_rows.position
    from carriers
    inner join main_rows
        on
            carriers.slice_id = main_rows.slice_id
            and carriers.ordinal = main_rows.ordinal
    where carriers.carried_as in ('earlier_issue', 'other_invoice')
),

child_positions as (
    select
        {{ carrier | join(', ') }},
        {{ nest_ordered(
            json_object_of({
                'raw_sha256': json_string('raw_sha256'),
                'page': 'cast(page as varchar)',
                'position': json_string('position'),
                'ordinal': 'cast(ordinal as varchar)',
            }),
            ['ordinal'],
        ) }} as child_positions
    from places_of_records
    group by {{ carrier | join(', ') }}
),

-- Repairs: of the rows whose values stand, each once ---------------------------------------------

value_rows as (
    select
        carriers.carrier_ordinal,
        main_rows.*
    from carriers
    inner join main_rows
        on
            carriers.slice_id = main_rows.slice_id
            and carriers.ordinal = main_rows.ordinal
    where carriers.carried_as in ('itself', 'other_invoice', 'unusable')
),

child_repairs as (
    select
        slice_id,
        min(carrier_ordinal) as carrier_ordinal,
        ordinal,
        any_value(repairs) as repairs,
        any_value(unreadable_columns) as unreadable_columns
    from child_values
    where not is_duplicate
    group by slice_id, ordinal
),

key_repairs as (
    select distinct
        links.slice_id,
        carriers.carrier_ordinal,
        links.row_ordinal as ordinal,
        {{ repair_element(
            "'child_key'", 'links.repaired_header', 'links.published_key', 'links.repaired_key'
        ) }} as element
    from links
    inner join carriers
        on
            links.slice_id = carriers.slice_id
            and links.row_ordinal = carriers.ordinal
    where
        links.joined_by = 'shorter_key'
        and carriers.carried_as in ('itself', 'other_invoice')
    union all
    select
        links.slice_id,
        min(carriers.carrier_ordinal) as carrier_ordinal,
        links.child_ordinal as ordinal,
        {{ repair_element(
            "'child_key'",
            'min(links.repaired_header)',
            'min(links.published_key)',
            'min(links.repaired_key)',
            guess=true,
        ) }} as element
    from links
    inner join carriers
        on
            links.slice_id = carriers.slice_id
            and links.row_ordinal = carriers.ordinal
    where
        links.joined_by = 'year'
        and carriers.carried_as in ('itself', 'other_invoice')
    group by links.slice_id, links.child_ordinal
),

repair_elements as (
    select
        told.slice_id,
        told.carrier_ordinal,
        told.ordinal,
        cast(repair.element as varchar) as element
    from (
        select
            {{ carrier | join(', ') }},
            ordinal,
            repairs
        from value_rows
        union all
        select
            {{ carrier | join(', ') }},
            ordinal,
            repairs
        from child_repairs
    ) as told
    cross join {{ explode_json('told.repairs', '$', 'repair') }}
    union all
    select
        {{ carrier | join(', ') }},
        ordinal,
        element
    from key_repairs
),

repairs as (
    select
        {{ carrier | join(', ') }},
        {{ nest_ordered(
            sipot_placed_repair('element', 'ordinal'), ['ordinal', 'element']
        ) }} as repairs
    from repair_elements
    group by {{ carrier | join(', ') }}
),

unreadable as (
    select
        {{ carrier | join(', ') }},
        string_agg(distinct column_name, ',' order by column_name) as unreadable_columns
    from (
        select
            {{ carrier | join(', ') }},
            unnest(string_split(unreadable_columns, ',')) as column_name
        from value_rows
        union all
        select
            {{ carrier | join(', ') }},
            unnest(string_split(unreadable_columns, ',')) as column_name
        from child_repairs
    ) as columns
    group by {{ carrier | join(', ') }}
),

composed as (
    select
        main_rows.slice_id,
        main_rows.source_id,
        main_rows.ordinal,
        main_rows.layout,
        carriers.file_number,
        coalesce(campaigns.tender_description, main_rows.tender_description) as tender_description,
        coalesce(main_rows.procedure_type, providers.procedure_type) as procedure_type,
        main_rows.contracting_type,
        main_rows.scope,
        providers.law,
        coalesce(main_rows.exception_description, providers.exception_description)
            as exception_description,
        main_rows.published_at,
        main_rows.clarified_at,
        bidders.number_of_tenderers,
        main_rows.notice_url,
        nullif(concat_ws(': ', main_rows.funding_source, main_rows.funding_detail), '')
            as funding_source,
        budget_lines.budget_items,
        main_rows.institution_name,
        main_rows.unit_name,
        coalesce(main_rows.rfc, providers.rfc) as rfc,
        coalesce(main_rows.supplier_name, providers.supplier_name) as supplier_name,
        -- A procedure without an award is reported with amounts of 0.
        coalesce(
            carriers.contract_number, main_rows.contract_url, cast(main_rows.signed_at as varchar)
        ) is not null
        or coalesce(
            greatest(main_rows.amount, main_rows.net_amount, main_rows.max_amount), 0
        ) > 0 as has_contract,
        carriers.contract_number,
        coalesce(main_rows.description, invoices.description) as description,
        cast(
            coalesce(main_rows.amount, main_rows.net_amount, invoices.amount) as decimal(20, 2)
        ) as amount,
        cast(
            case when main_rows.amount is not null then main_rows.net_amount end as decimal(20, 2)
        ) as net_amount,
        cast(main_rows.min_amount as decimal(20, 2)) as min_amount,
        cast(main_rows.max_amount as decimal(20, 2)) as max_amount,
        -- The labels of the amounts say pesos; many leave the column of the currency blank.
        coalesce(main_rows.currency, 'MXN') as currency,
        cast(main_rows.exchange_rate as decimal(20, 6)) as exchange_rate,
        coalesce(main_rows.signed_at, invoices.signed_at) as signed_at,
        coalesce(main_rows.starts_at, invoices.starts_at) as starts_at,
        coalesce(main_rows.ends_at, invoices.ends_at) as ends_at,
        coalesce(main_rows.contract_url, invoices.contract_url) as contract_url,
        coalesce(campaigns.updated_at, main_rows.updated_at) as updated_at,
        bidders.bidders,
        amendments.amendments,
        places.related_places,
        repairs.repairs,
        unreadable.unreadable_columns,
        main_rows.record,
        main_rows.record_sha256,
        main_rows.raw_sha256,
        main_rows.page,
        main_rows.position,
        carriers.unusable_reason,
        child_positions.child_positions
    from carriers
    inner join main_rows
        on
            carriers.slice_id = main_rows.slice_id
            and carriers.ordinal = main_rows.ordinal
    {%- for relation in [
        'bidders', 'amendments', 'budget_lines', 'places', 'providers', 'invoices', 'campaigns',
        'child_positions', 'repairs', 'unreadable',
    ] %}
    left join {{ relation }}
        on
            carriers.slice_id = {{ relation }}.slice_id
            and carriers.ordinal = {{ relation }}.carrier_ordinal
    {%- endfor %}
    where carriers.carried_as in ('itself', 'unusable')
)

select
    {%- for column in contract_columns() %}
    {%- if column in absent %}
    {{ sipot_nothing(contract_fields()[column]) }} as {{ column }},
    {%- else %}
    {{ column }},
    {%- endif %}
    {%- endfor %}
    child_positions
from composed
