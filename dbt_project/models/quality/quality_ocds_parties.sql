-- What is called in more than one way over the processes of a slice: suppliers by RFC and by name, contracts by number.
-- Of which processes the rules speak quality_ocds_plausibility tells.
with parties as (
    select
        slice_id,
        ocid,
        path,
        identifier_id,
        identifier_scheme = 'MX-TEQUIO' as is_natural,
        name
    from {{ ref('ocds_parties') }}
    where {{ has_name_and_rfc() }}
),

-- How often an RFC (of natural persons its pseudonym) stands with a name; names are read once each.
spellings as (
    select
        slice_id,
        identifier_id,
        is_natural,
        name,
        {{ name_key('name') }} as name_key,
        count(*) as party_count
    from parties
    group by slice_id, identifier_id, is_natural, name
    -- With the count in the condition it is asked of each name once, not of each party.
    having case when count(*) > 0 then not {{ names_several_organizations('name') }} end
),

pairs as (
    select
        slice_id,
        identifier_id,
        is_natural,
        name_key,
        first(name order by party_count desc, name) as name,
        sum(party_count) as party_count
    from spellings
    where name_key <> ''
    group by slice_id, identifier_id, is_natural, name_key
),

-- The name an RFC has most often and the RFC a name has most often; of two that are as frequent neither is the usual.
-- What another one is compared with is the most frequent of the others.
usual as (
    select
        slice_id,
        identifier_id,
        name_key,
        count(*) over of_rfc as name_count,
        party_count = max(party_count) over of_rfc
        and count(*) over (partition by slice_id, identifier_id, party_count) = 1 as is_usual_name,
        case
            when name = first_value(name) over names then nth_value(name, 2) over names
            else first_value(name) over names
        end as other_name,
        count(*) over of_name as rfc_count,
        bool_or(not is_natural) over of_name as names_a_company,
        party_count = max(party_count) over of_name
        and count(*) over (partition by slice_id, name_key, party_count) = 1 as is_usual_rfc,
        case
            when identifier_id = first_value(identifier_id) over rfcs then nth_value(identifier_id, 2) over rfcs
            else first_value(identifier_id) over rfcs
        end as other_rfc
    from pairs
    window
        of_rfc as (partition by slice_id, identifier_id),
        of_name as (partition by slice_id, name_key),
        names as (
            partition by slice_id, identifier_id
            order by party_count desc, name
            rows between unbounded preceding and unbounded following
        ),
        rfcs as (
            partition by slice_id, name_key
            order by party_count desc, identifier_id
            rows between unbounded preceding and unbounded following
        )
),

-- What is said of each spelling: whether it is the usual name of its RFC (OCDS-P23), whether OCDS-P24 speaks of it (a
-- company's name, and not somebody else's RFC), and whether it has the usual RFC of the name.
judged as (
    select
        spellings.slice_id,
        spellings.identifier_id,
        spellings.name,
        usual.name_count = 1 or usual.is_usual_name as is_name_of_rfc,
        usual.other_name,
        usual.names_a_company and is_name_of_rfc as is_company,
        usual.rfc_count = 1 or usual.is_usual_rfc as is_rfc_of_name,
        usual.other_rfc
    from spellings
    inner join usual
        on
            spellings.slice_id = usual.slice_id
            and spellings.identifier_id = usual.identifier_id
            and spellings.name_key = usual.name_key
),

-- Most parties pass both: only the others are looked at.
doubtful as (
    select
        parties.slice_id,
        parties.ocid,
        parties.path,
        parties.identifier_id,
        parties.name,
        judged.is_name_of_rfc,
        judged.other_name,
        judged.is_company,
        judged.other_rfc
    from parties
    inner join judged
        on
            parties.slice_id = judged.slice_id
            and parties.identifier_id = judged.identifier_id
            and parties.name = judged.name
    where not (judged.is_company and judged.is_rfc_of_name)
),

-- OCDS-P23: one RFC, one name. The usual one passes.
p23 as (
    select
        {{ place(
            'OCDS-P23',
            ok='false',
            path="path || '/name'",
            value="name || ' ≠ ' || other_name",
        ) }}
    from doubtful
    where not is_name_of_rfc
),

-- OCDS-P24: one company, one RFC. Two natural persons may well share a name; the RFC of somebody else is OCDS-P23's
-- matter.
p24 as (
    select
        {{ place(
            'OCDS-P24',
            ok='false',
            path="path || '/identifier/id'",
            value="identifier_id || ' ≠ ' || other_rfc",
        ) }}
    from doubtful
    where is_company
),

-- Processes in which there are others, and nobody of whom OCDS-P24 speaks.
with_others as (
    select
        slice_id,
        ocid
    from doubtful
    where not is_company
),

with_company as (
    select
        parties.slice_id,
        parties.ocid
    from with_others
    inner join parties
        on with_others.slice_id = parties.slice_id and with_others.ocid = parties.ocid
    inner join judged
        on
            parties.slice_id = judged.slice_id
            and parties.identifier_id = judged.identifier_id
            and parties.name = judged.name
    where judged.is_company
),

incomparable as (
    select * from with_others
    except
    select * from with_company
),

-- OCDS-A09: a number that tells contracts apart isn't given again in another year.
contracts as (
    select
        slice_id,
        ocid,
        path,
        contract_id,
        buyer_id,
        {{ civil_day('date_signed') }} as signed
    from {{ ref('ocds_contracts') }}
    where {{ has_long_number() }}
),

repeated_numbers as (
    select
        slice_id,
        contract_id,
        buyer_id,
        min(extract(year from signed)) as first_year,
        max(extract(year from signed)) as last_year
    from contracts
    group by slice_id, contract_id, buyer_id
    having first_year < last_year
),

a09 as (
    select
        {{ place(
            'OCDS-A09',
            ok='false',
            path="contracts.path || '/id'",
            value="contracts.contract_id || ' (' || numbers.first_year || ', ' || numbers.last_year || ')'",
            of='contracts',
        ) }}
    from contracts
    inner join repeated_numbers as numbers
        on
            contracts.slice_id = numbers.slice_id
            and contracts.contract_id = numbers.contract_id
            and contracts.buyer_id is not distinct from numbers.buyer_id
),

places as (
    select * from p23
    union all
    select * from p24
    union all
    select * from a09
)

{{ denials('quality_ocds_parties', not_applicable='OCDS-P24') }}
