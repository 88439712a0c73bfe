{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
{#- Objects with a value that may say its amount without taxes: model, SQL of the value's JSON pointer, columns. -#}
{%- set taxed = [
    ('ocds_tenders', "'/tender/value'", 'amount', 'net_amount'),
    ('ocds_awards', "path || '/value'", 'amount', 'net_amount'),
    ('ocds_contracts', "path || '/value'", 'amount', 'net_amount'),
    ('ocds_transactions', "path || '/value'", 'amount', 'net_amount'),
    ('ocds_plannings', "'/planning/budget/amount'", 'budget_amount', 'budget_net_amount'),
] -%}
{#- Moments of spending as the law orders them (LGCG, article 38). -#}
{%- set moments = ['modified', 'committed', 'accrued', 'executed', 'paid'] -%}
-- What can hardly be true of a contracting process: amounts, percentages, places and names that contradict themselves or
-- the catalogues of INEGI and of the post. Each rule looks at one process; what is called in more than one way over
-- several quality_ocds_parties finds.
with parties as (
    select * from {{ changed('ocds_parties') }}
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

items as (
    select * from {{ changed('ocds_items') }}
    where unit_amount is not null
),

-- OCDS-A01: the minimum of a tender isn't above its maximum.
a01 as (
    select
        {{ place(
            'OCDS-A01',
            ok='min_amount <= amount',
            path="'/tender/minValue/amount'",
            value="min_amount || ' > ' || amount",
        ) }}
    from tenders
    where min_amount is not null and amount <> 0 and min_currency is not distinct from currency
),

-- OCDS-A02: without taxes an amount isn't more than with them.
a02 as (
    {%- for model, pointer, amount, net_amount in taxed %}
    select
        {{ place(
            'OCDS-A02',
            ok='abs(' ~ net_amount ~ ') <= abs(' ~ amount ~ ')',
            path=pointer ~ " || '/netAmount'",
            value=net_amount ~ " || ' > ' || " ~ amount,
        ) }}
    from {{ changed(model) }}
    where {{ amount }} is not null and {{ net_amount }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- OCDS-A03: award and contract are both with IVA (16 %, 8 % at the border) or both without. One contract of an award.
pairs as (
    select
        contracts.slice_id,
        contracts.ocid,
        contracts.path,
        contracts.amount as contract_amount,
        awards.amount as award_amount,
        cast(greatest(contracts.amount, awards.amount) as double)
        / cast(least(contracts.amount, awards.amount) as double) as ratio
    from contracts
    inner join awards
        on
            contracts.slice_id = awards.slice_id
            and contracts.ocid = awards.ocid
            and contracts.award_id = awards.award_id
            and contracts.currency is not distinct from awards.currency
    where contracts.amount > 0 and awards.amount > 0
    qualify
        count(*) over (partition by awards.slice_id, awards.ocid, awards.award_id) = 1
),

a03 as (
    select
        {{ place(
            'OCDS-A03',
            ok='abs(ratio - 1.16) > 0.0001 and abs(ratio - 1.08) > 0.0001',
            path="path || '/value/amount'",
            value="contract_amount || ' / ' || award_amount",
        ) }}
    from pairs
),

-- OCDS-A04: priced items add up to the contract or award they belong to (within 1 %), with IVA or without.
item_sums as (
    select
        slice_id,
        ocid,
        left(path, position('/items/' in path) - 1) as holder_path,
        sum(cast(quantity as double) * cast(unit_amount as double)) as item_sum
    from items
    where stage in ('award', 'contract')
    group by slice_id, ocid, holder_path
    having bool_and(quantity is not null)
),

priced as (
    {%- for relation in ['awards', 'contracts'] %}
    select
        item_sums.slice_id,
        item_sums.ocid,
        item_sums.item_sum,
        holders.path,
        holders.amount,
        cast(coalesce(holders.net_amount, holders.amount) as double) as net_amount
    from item_sums
    inner join {{ relation }} as holders
        on
            item_sums.slice_id = holders.slice_id
            and item_sums.ocid = holders.ocid
            and item_sums.holder_path = holders.path
    where holders.amount <> 0
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

a04 as (
    select
        {{ place(
            'OCDS-A04',
            ok="abs(item_sum - amount) <= abs(amount) / 100"
            ~ " or abs(item_sum * 1.16 - amount) <= abs(amount) / 100"
            ~ " or abs(item_sum * 1.08 - amount) <= abs(amount) / 100"
            ~ " or abs(item_sum - net_amount) <= abs(net_amount) / 100",
            path="path || '/items'",
            value="cast(item_sum as decimal(38, 2)) || ' ≠ ' || amount",
        ) }}
    from priced
),

-- OCDS-A05: progress lies between 0 and 100 %.
a05 as (
    {%- for name in [
        'x_physical_advance', 'x_financial_advance', 'x_estimatedPhysicalProgress', 'x_observedPhysicalProgress',
    ] %}
    select
        {{ place(
            'OCDS-A05',
            ok='progress between 0 and 100',
            path="path || '/" ~ name ~ "'",
            value='progress_text',
        ) }}
    from (
        select
            slice_id,
            ocid,
            path,
            {{ json_text('additional_fields', '$.' ~ name) }} as progress_text,
            try_cast({{ json_text('additional_fields', '$.' ~ name) }} as double) as progress
        from contracts
        where additional_fields is not null
    ) as advances
    where progress_text is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- OCDS-A06: no moment of a budget line is a hundred or a thousand times what was approved, or a part of that (within 1 %).
budget_lines as (
    select * from {{ changed('ocds_budget_lines') }}
),

a06 as (
    {%- for moment in moments %}
    select
        {{ place(
            'OCDS-A06',
            ok='ratio not between 99 and 101 and ratio not between 990 and 1010',
            path='path',
            value="'" ~ moment ~ ": ' || amount || ' / ' || approved_amount",
        ) }}
    from (
        select
            slice_id,
            ocid,
            path,
            approved_amount,
            {{ moment }}_amount as amount,
            cast(greatest({{ moment }}_amount, approved_amount) as double)
            / cast(least({{ moment }}_amount, approved_amount) as double) as ratio
        from budget_lines
        where approved_amount > 0 and {{ moment }}_amount > 0
    ) as compared
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- OCDS-A07: no moment of spending exceeds the one before it. A decimal point moved between them is OCDS-A06's matter.
a07 as (
    {%- for moment in moments[1:] %}
    {%- set before = moments[loop.index0] %}
    select
        {{ place(
            'OCDS-A07',
            ok=moment ~ '_amount <= ' ~ before ~ '_amount + 1',
            path='path',
            value="'" ~ moment ~ " ' || " ~ moment ~ "_amount || ' > " ~ before ~ " ' || " ~ before ~ '_amount',
        ) }}
    from budget_lines
    where
        {{ before }}_amount is not null
        and {{ moment }}_amount is not null
        and {{ moment }}_amount < 99 * greatest(abs({{ before }}_amount), 1)
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- OCDS-A08: awards and contracts are worth more than a peso. Nothing at all is OCDS-M02's matter.
a08 as (
    select {{ place('OCDS-A08', ok='amount > 1', path="path || '/value/amount'", value='amount') }}
    from awards
    where amount > 0 and coalesce(status, 'active') = 'active'
    union all
    select {{ place('OCDS-A08', ok='amount > 1', path="path || '/value/amount'", value='amount') }}
    from contracts
    where amount > 0
),

postal_prefixes as (
    select * from {{ ref('postal_prefixes') }}
),

-- Addresses in a known state, with the one its postal code belongs to.
addresses as (
    select
        parties.slice_id,
        parties.ocid,
        parties.path,
        parties.region,
        parties.locality,
        parties.entity,
        parties.municipality,
        parties.postal_code,
        postal_prefixes.entity as postal_entity
    from parties
    left join postal_prefixes
        on
            left(parties.postal_code, 2) = postal_prefixes.prefix
            and regexp_matches(parties.postal_code, '^\d{5}$')
    where parties.entity is not null
),

-- OCDS-G01: the locality is a municipality of the state. Which of both is wrong where the postal code contradicts the
-- state, OCDS-G03 says.
g01 as (
    select
        {{ place(
            'OCDS-G01',
            ok='municipality is not null',
            path="path || '/address/locality'",
            value="locality || ' (' || region || ')'",
        ) }}
    from addresses
    where locality is not null and coalesce(postal_entity, entity) = entity
),

-- OCDS-G02: a Mexican postal code has five digits.
g02 as (
    select
        {{ place(
            'OCDS-G02',
            ok="regexp_matches(postal_code, '^\\d{5}$')",
            path="path || '/address/postalCode'",
            value="'«' || postal_code || '»'",
        ) }}
    from addresses
    where postal_code is not null
),

-- OCDS-G03: a postal code belongs to the state.
g03 as (
    select
        {{ place(
            'OCDS-G03',
            ok='postal_entity = entity',
            path="path || '/address/postalCode'",
            value="postal_code || ' ≠ ' || region",
        ) }}
    from addresses
    where postal_entity is not null
),

-- OCDS-G04: a point lies in Mexico (longitude before latitude, degrees).
points as (
    select
        slice_id,
        ocid,
        path,
        coordinates,
        try_cast({{ json_text('coordinates', '$[0]') }} as double) as longitude,
        try_cast({{ json_text('coordinates', '$[1]') }} as double) as latitude
    from {{ changed('ocds_delivery_places') }}
    where kind = 'location' and geometry_type = 'Point' and coordinates is not null
),

g04 as (
    select
        {{ place(
            'OCDS-G04',
            ok='longitude between -118.9 and -86.7 and latitude between 14.5 and 32.8',
            path="path || '/geometry/coordinates'",
            value="coordinates || case"
            ~ " when latitude between -118.9 and -86.7 and longitude between 14.5 and 32.8"
            ~ " then ' (latitud y longitud cambiadas)'"
            ~ " when abs(longitude) > 180 or abs(latitude) > 90 then ' (no son grados)'"
            ~ " else '' end",
        ) }}
    from points
),

-- OCDS-P20: a party is one organization.
p20 as (
    select
        {{ place(
            'OCDS-P20',
            ok='not ' ~ names_several_organizations('name'),
            path="path || '/name'",
            value='name',
        ) }}
    from parties
    where name is not null
),

-- OCDS-P21: a name is written without outer blanks and line breaks. Of tables TEQ-R11 tells, which repairs them.
p21 as (
    select
        {{ place(
            'OCDS-P21',
            ok="not regexp_matches(name, '^\\s|\\s$|[\\r\\n\\t]')",
            path="path || '/name'",
            value="'«' || regexp_replace(name, '[\\r\\n\\t]', '␤', 'g') || '»'",
        ) }}
    from parties
    where name is not null
),

-- OCDS-P22: the kind of person is the one the RFC has. That of a natural person stands as a pseudonym here.
p22 as (
    select
        {{ place(
            'OCDS-P22',
            ok="legal_personality = case when identifier_scheme = 'MX-TEQUIO' then 'naturalPerson' else 'legalPerson' end",
            path="path || '/identifier/legalPersonality'",
            value="legal_personality || case when identifier_scheme = 'MX-TEQUIO' then ' (RFC de 13)' else ' (RFC de 12)' end",
        ) }}
    from parties
    where
        legal_personality in ('naturalPerson', 'legalPerson')
        and (
            identifier_scheme = 'MX-TEQUIO'
            or {{ is_rfc_of_company('identifier_id') }}
        )
),

-- OCDS-P23 and OCDS-P24 speak of who has a name and an RFC to compare it with, OCDS-A09 of who numbers contracts: they
-- pass where quality_ocds_parties doesn't deny it. Who bids jointly under one name has several RFCs (OCDS-P20). Names are
-- read once each.
named as (
    select
        slice_id,
        ocid,
        name
    from parties
    where {{ has_name_and_rfc() }}
),

comparable_names as (
    select name
    from (select distinct name from named) as names
    where not {{ names_several_organizations('name') }} and {{ name_key('name') }} <> ''
),

{%- for rule, rule_id in [('p23', 'OCDS-P23'), ('p24', 'OCDS-P24')] %}

{{ rule }} as (
    select {{ place(rule_id, ok='true', path='null', of='named') }}
    from named
    inner join comparable_names on named.name = comparable_names.name
),
{%- endfor %}

a09 as (
    select {{ place('OCDS-A09', ok='true', path='null') }}
    from contracts
    where {{ has_long_number() }}
),

places as (
    {%- for rule in [
        'a01', 'a02', 'a03', 'a04', 'a05', 'a06', 'a07', 'a08', 'a09', 'g01', 'g02', 'g03', 'g04', 'p20', 'p21', 'p22',
        'p23', 'p24',
    ] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_plausibility') }}
