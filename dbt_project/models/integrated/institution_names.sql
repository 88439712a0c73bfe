with {{ institution_mentions() }},

-- Many records name a body alike; who it is, is asked once for each way.
spellings as (
    select
        source_id,
        system,
        field,
        name,
        acronym,
        code,
        entity,
        count(*) filter (field <> 'dependencias') as record_count,
        bool_or(field = 'dependencias') as is_listed,
        cast(min(seen_at) as date) as first_seen,
        cast(max(seen_at) as date) as last_seen
    from institution_mentions
    group by source_id, system, field, name, acronym, code, entity
),

places as (
    select
        entity,
        {{ plain_name('name') }} as place,
        {{ plain_name('short_name') }} as short_place
    from {{ ref('entities') }}
    where entity <> '00'
),

cores as (
    select
        name,
        {{ name_core('lettered') }} as core
    from (
        select
            name,
            {{ lettered_name('plain') }} as lettered
        from (
            select
                name,
                {{ plain_name('name') }} as plain
            from (select distinct name from spellings) as names
            where {{ real_name('name') }} is not null
        ) as plain_names
    ) as lettered_names
),

-- PDN's own files hold every state's records: there only the record, or the name, says whose.
read_spellings as (
    select
        spellings.*,
        {{ party_key([
            'spellings.field', 'spellings.name', 'spellings.acronym', 'spellings.code',
            'spellings.entity',
        ]) }} as spelling_key,
        nullif(cores.core, '') as core,
        nullif(replace({{ plain_name(real_name('spellings.acronym')) }}, ' ', ''), '')
            as plain_acronym,
        {{ real_name('spellings.code') }} as real_code,
        case
            when {{ is_of_every_state('sources.publisher_id') }}
                then coalesce(places_by_key.entity, places_by_name.entity)
            when sources.entity <> '00' then sources.entity
            -- What states and municipalities buy with federal money stands in CompraNet too.
            when
                spellings.system = 's6'
                and regexp_matches(cores.core, '^(MUNICIPIO|GOBIERNO DEL ESTADO) ')
                then places_by_key.entity
            else '00'
        end as territory
    from spellings
    inner join {{ source('admitted', 'sources') }} as sources
        on spellings.source_id = sources.source_id
    left join cores on spellings.name = cores.name
    left join places as places_by_key on spellings.entity = places_by_key.entity
    left join places as places_by_name
        on {{ ends_with_state('cores.core', 'places_by_name.place', 'places_by_name.short_place') }}
),

normalized_spellings as (
    select
        read_spellings.*,
        case
            when not {{ is_shared_name('read_spellings.core', "'none'") }}
                then {{ institution_key(
                    'read_spellings.core', 'places.place', 'places.short_place'
                ) }}
        end as normalized_name
    from read_spellings
    left join places on read_spellings.territory = places.entity
),

-- An office that every municipality has is somebody within its source only.
keyed_spellings as (
    select
        *,
        case
            when {{ is_common_office('core') }} then normalized_name || chr(31) || source_id
            else normalized_name
        end as institution_key
    from normalized_spellings
),

bodies as (
    select
        territory,
        institution_key,
        max(core) as core,
        sum(record_count) as record_count
    from keyed_spellings
    where territory is not null and institution_key is not null
    group by territory, institution_key
),

-- An acronym that stands beside a whole name. Beside itself it proves nothing.
acronyms_of_bodies as (
    select distinct
        source_id,
        territory,
        plain_acronym,
        institution_key
    from keyed_spellings
    where
        territory is not null
        and institution_key is not null
        and length(plain_acronym) >= 2
        and normalized_name like '% %'
),

-- One source gives one acronym with a name and with its abbreviation. Which of several names it
-- shortens is nobody's guess.
abbreviations as (
    select
        short.territory,
        short.institution_key,
        min(long.institution_key) as whole_key
    from acronyms_of_bodies as short
    inner join acronyms_of_bodies as long
        on
            short.source_id = long.source_id
            and short.territory = long.territory
            and short.plain_acronym = long.plain_acronym
            and short.institution_key <> long.institution_key
    inner join bodies as short_bodies
        on
            short.territory = short_bodies.territory
            and short.institution_key = short_bodies.institution_key
    inner join bodies as long_bodies
        on
            long.territory = long_bodies.territory
            and long.institution_key = long_bodies.institution_key
    where
        length(short.plain_acronym) >= 3
        and {{ is_abbreviation_of('short_bodies.core', 'long_bodies.core') }}
    group by short.territory, short.institution_key
    having count(distinct long.institution_key) = 1
),

-- No chains: what is itself an abbreviation shortens nothing.
whole_names as (
    select
        bodies.territory,
        bodies.institution_key,
        coalesce(abbreviations.whole_key, bodies.institution_key) as whole_key,
        abbreviations.whole_key is not null as is_abbreviated
    from bodies
    left join (
        select first_steps.*
        from abbreviations as first_steps
        left join abbreviations as second_steps
            on
                first_steps.territory = second_steps.territory
                and first_steps.whole_key = second_steps.institution_key
        where second_steps.whole_key is null
    ) as abbreviations
        on
            bodies.territory = abbreviations.territory
            and bodies.institution_key = abbreviations.institution_key
),

bodies_by_acronym as (
    select
        acronyms_of_bodies.territory,
        acronyms_of_bodies.plain_acronym,
        min(whole_names.whole_key) as whole_key
    from acronyms_of_bodies
    inner join whole_names
        on
            acronyms_of_bodies.territory = whole_names.territory
            and acronyms_of_bodies.institution_key = whole_names.institution_key
    group by acronyms_of_bodies.territory, acronyms_of_bodies.plain_acronym
    having count(distinct whole_names.whole_key) = 1
),

bodies_by_code as (
    select
        keyed_spellings.source_id,
        keyed_spellings.territory,
        keyed_spellings.real_code,
        min(whole_names.whole_key) as whole_key
    from keyed_spellings
    inner join whole_names
        on
            keyed_spellings.territory = whole_names.territory
            and keyed_spellings.institution_key = whole_names.institution_key
    where keyed_spellings.real_code is not null
    group by keyed_spellings.source_id, keyed_spellings.territory, keyed_spellings.real_code
    having count(distinct whole_names.whole_key) = 1
),

decided as (
    select
        keyed_spellings.*,
        case
            when keyed_spellings.territory is null then null
            when named_by_acronym.whole_key is not null then named_by_acronym.whole_key
            when whole_names.whole_key is not null then whole_names.whole_key
            else coalesce(bodies_by_acronym.whole_key, bodies_by_code.whole_key)
        end as whole_key,
        case
            when keyed_spellings.territory is null then 'no_territory'
            when named_by_acronym.whole_key is not null then 'acronym'
            when whole_names.is_abbreviated then 'abbreviation'
            when whole_names.whole_key is not null then 'name'
            when bodies_by_acronym.whole_key is not null then 'acronym'
            when bodies_by_code.whole_key is not null then 'code'
            else 'nobody'
        end as rule
    from keyed_spellings
    left join whole_names
        on
            keyed_spellings.territory = whole_names.territory
            and keyed_spellings.institution_key = whole_names.institution_key
    -- A name that is nothing but somebody's acronym.
    left join bodies_by_acronym as named_by_acronym
        on
            keyed_spellings.territory = named_by_acronym.territory
            and replace(keyed_spellings.core, ' ', '') = named_by_acronym.plain_acronym
    left join bodies_by_acronym
        on
            keyed_spellings.territory = bodies_by_acronym.territory
            and keyed_spellings.plain_acronym = bodies_by_acronym.plain_acronym
    left join bodies_by_code
        on
            keyed_spellings.source_id = bodies_by_code.source_id
            and keyed_spellings.territory = bodies_by_code.territory
            and keyed_spellings.real_code = bodies_by_code.real_code
),

-- The spelling that most records have, of those that carry the body's whole name.
name_counts as (
    select
        territory,
        whole_key,
        trim(name) as preferred_name,
        sum(record_count) as record_count
    from decided
    where rule = 'name'
    group by territory, whole_key, trim(name)
),

preferred_names as (
    {{ latest_by(
        'name_counts', ['territory', 'whole_key'], ['record_count desc', 'preferred_name']
    ) }}
)

select
    case
        when decided.whole_key is not null
            then {{ institution_digest('decided.territory', 'decided.whole_key') }}
    end as institution_id,
    decided.source_id,
    decided.system,
    decided.spelling_key,
    decided.field,
    decided.name,
    decided.acronym,
    decided.code,
    decided.territory,
    decided.normalized_name,
    case
        when decided.rule = 'name' and trim(decided.name) = preferred_names.preferred_name
            then 'same_name'
        when decided.rule = 'name' then 'normalized_name'
        else decided.rule
    end as rule,
    decided.is_listed,
    cast(decided.record_count as bigint) as record_count,
    decided.first_seen,
    decided.last_seen
from decided
left join preferred_names
    on
        decided.territory = preferred_names.territory
        and decided.whole_key = preferred_names.whole_key
