with {{ published_parties() }},

sources as (
    select
        source_id,
        entity as source_entity
    from {{ source('admitted', 'sources') }}
),

-- Many rows say the same of a party; who it is, is asked once for each way it is published.
faces as (
    select
        source_id,
        party_key,
        party_id,
        name,
        identifier_scheme,
        identifier_id,
        entity,
        municipality,
        coalesce(bool_or(legal_personality = 'legalPerson'), false) as is_legal_person,
        bool_or({{ has_role('roles', institution_roles()) }}) as is_institution,
        bool_or({{ has_role('roles', supplier_roles()) }}) as is_supplier,
        bool_and(is_unit) as is_unit,
        {{ distinct_members("string_agg(distinct roles, ',')") }} as roles,
        count(*) as party_count,
        count(distinct ocid) as process_count,
        cast(min(seen_at) as date) as first_seen,
        cast(max(seen_at) as date) as last_seen
    from published_parties
    group by
        source_id, party_key, party_id, name, identifier_scheme, identifier_id, entity, municipality
),

lettered_names as (
    select
        name,
        {{ lettered_name('plain') }} as lettered
    from (
        select
            name,
            {{ plain_name('name') }} as plain
        from (select distinct name from faces) as spellings
        where {{ real_name('name') }} is not null
    ) as plain_names
),

names as (
    select
        name,
        core,
        form,
        {{ is_shared_name('core', 'form') }} as is_shared,
        {{ is_public_body('core') }} as is_public_body
    from (
        select
            name,
            {{ name_core('lettered') }} as core,
            nullif({{ company_form('lettered') }}, '') as form
        from lettered_names
    ) as split_names
    where core <> ''
),

read_faces as (
    select
        faces.source_id,
        faces.party_key,
        faces.party_id,
        faces.is_institution,
        faces.is_supplier,
        faces.is_unit,
        faces.party_count,
        faces.entity,
        -- An institution without an address is where its source is; a company may be anywhere.
        case when faces.is_institution then coalesce(faces.entity, sources.source_entity) end
            as institution_entity,
        sources.source_entity,
        {{ is_telling_id('faces.party_id') }} as is_telling_id,
        coalesce(
            {{ legal_rfc('faces.identifier_id') }},
            case
                when {{ pseudonym('faces.identifier_id') }} is null
                    then {{ legal_rfc('faces.party_id') }}
            end
        ) as rfc,
        coalesce({{ pseudonym('faces.identifier_id') }}, {{ pseudonym('faces.party_id') }})
            as pseudonym,
        case when faces.is_unit then {{ unit_of_rfc('faces.party_id') }} end as unit_of_rfc,
        case
            when faces.is_unit and sources.source_entity = '00'
                then {{ compranet_unit('faces.party_id') }}
        end as compranet_unit,
        names.core,
        names.form,
        coalesce(names.is_shared, true) as is_shared,
        coalesce(names.form is not null or names.is_public_body, false) or faces.is_legal_person
            as is_surely_legal
    from faces
    left join sources on faces.source_id = sources.source_id
    left join names on faces.name = names.name
),

-- A unit's key alone is the unit that has it behind its institution's RFC, when only one has.
compranet_units as (
    select
        compranet_unit,
        min(unit_of_rfc) as unit_of_rfc
    from read_faces
    where compranet_unit is not null and unit_of_rfc is not null
    group by compranet_unit
    having count(distinct unit_of_rfc) = 1
),

-- What names an organization by itself, without looking at anything else. A unit isn't its
-- institution, although it may carry its RFC.
known_faces as (
    select
        read_faces.source_id,
        read_faces.party_key,
        read_faces.party_id,
        read_faces.is_telling_id,
        case
            when read_faces.unit_of_rfc is not null then 'MX-RFC-' || read_faces.unit_of_rfc
            when read_faces.rfc is not null then 'MX-RFC-' || read_faces.rfc
            when read_faces.pseudonym is not null then read_faces.pseudonym
            when compranet_units.unit_of_rfc is not null
                then 'MX-RFC-' || compranet_units.unit_of_rfc
            else {{ organization_digest(["'compranet_unit'", 'read_faces.compranet_unit']) }}
        end as organization_id,
        case
            when read_faces.unit_of_rfc is not null then 'unit_code'
            when read_faces.rfc is not null then 'rfc'
            when read_faces.pseudonym is not null then 'pseudonym'
            else 'unit_code'
        end as rule
    from read_faces
    left join compranet_units on read_faces.compranet_unit = compranet_units.compranet_unit
    where
        coalesce(
            read_faces.unit_of_rfc,
            read_faces.rfc,
            read_faces.pseudonym,
            read_faces.compranet_unit
        ) is not null
),

-- The RFC or pseudonym that a source gives with one of its own ids in some places, not in others.
-- An id that was made of the name is no more than the name.
known_ids as (
    select
        source_id,
        party_id,
        min(organization_id) as organization_id
    from known_faces
    where is_telling_id and rule <> 'unit_code' and party_id not like 'TEQUIO-%'
    group by source_id, party_id
    having count(distinct organization_id) = 1
),

name_counts as (
    select
        source_id,
        party_id,
        core,
        form,
        sum(party_count) as party_count
    from read_faces
    where party_id is not null
    group by source_id, party_id, core, form
),

-- An id that only counts the parties of its process (1, 2 …) belongs to whoever has it there: most
-- of its rows carry no one name.
ids_of_one as (
    select
        source_id,
        party_id
    from name_counts
    group by source_id, party_id
    having 2 * max(party_count) >= sum(party_count)
),

unknown_faces as (
    select
        read_faces.*,
        coalesce(read_faces.is_telling_id and ids_of_one.party_id is not null, false) as is_by_id,
        known_ids.organization_id as organization_of_id
    from read_faces
    left join known_faces
        on
            read_faces.source_id = known_faces.source_id
            and read_faces.party_key = known_faces.party_key
    left join ids_of_one
        on
            read_faces.source_id = ids_of_one.source_id
            and read_faces.party_id = ids_of_one.party_id
    left join known_ids
        on
            read_faces.source_id = known_ids.source_id
            and read_faces.party_id = known_ids.party_id
    where known_faces.party_key is null
),

-- What a source itself holds for one: an id of its own, else a name in a territory.
grouped_faces as (
    select
        *,
        case
            when is_by_id
                then {{ organization_digest(["'id'", 'source_id', 'party_id']) }}
            else {{ organization_digest([
                "'name'",
                'source_id',
                'case when is_telling_id or length(party_id) < 4 then party_id end',
                'core',
                'form',
                'coalesce(institution_entity, entity)',
            ]) }}
        end as group_id
    from unknown_faces
    where organization_of_id is null
),

group_names as (
    select
        group_id,
        core,
        form,
        is_shared,
        sum(party_count) as party_count
    from grouped_faces
    where core is not null
    group by group_id, core, form, is_shared
),

main_names as (
    {{ latest_by('group_names', ['group_id'], ['party_count desc', 'core', 'form nulls last']) }}
),

-- Two entities in one group are a contradiction: then no name joins it.
groups as (
    select
        grouped_faces.group_id,
        min(grouped_faces.source_entity) as source_entity,
        bool_and(grouped_faces.is_unit) as is_unit,
        bool_or(grouped_faces.is_institution) as is_institution,
        bool_or(grouped_faces.is_surely_legal) or bool_or(grouped_faces.is_institution)
            as is_surely_legal,
        min(coalesce(grouped_faces.institution_entity, grouped_faces.entity)) as entity,
        count(distinct coalesce(grouped_faces.institution_entity, grouped_faces.entity))
            as entity_count,
        min(main_names.core) as core,
        min(main_names.form) as form,
        bool_or(main_names.is_shared) as is_shared
    from grouped_faces
    left join main_names on grouped_faces.group_id = main_names.group_id
    group by grouped_faces.group_id
),

joinable_groups as (
    select *
    from groups
    where
        core is not null
        and not is_shared
        and not is_unit
        and entity_count <= 1
),

-- Names and territories of each RFC ---------------------------------------------------------------

-- A source that types one company's RFC for another gives it a name that isn't its own. A name is
-- the RFC's own where half of its rows or more carry it and it has the RFC's first letter among the
-- initials of its first three words; other names only stand in the way.
rfc_cores as (
    select
        rfc,
        core,
        2 * sum(party_count) >= sum(sum(party_count)) over (partition by rfc)
        and {{ is_initial_of('left(rfc, 1)', 'core') }} as is_own
    from read_faces
    where rfc is not null and unit_of_rfc is null and core is not null
    group by rfc, core
),

rfc_names as (
    select distinct
        read_faces.rfc,
        read_faces.core,
        read_faces.form,
        rfc_cores.is_own
    from read_faces
    inner join rfc_cores
        on
            read_faces.rfc = rfc_cores.rfc
            and read_faces.core = rfc_cores.core
    where not read_faces.is_shared and read_faces.unit_of_rfc is null
),

rfc_territories as (
    select distinct
        rfc,
        coalesce(entity, institution_entity) as entity
    from read_faces
    where
        rfc is not null
        and unit_of_rfc is null
        and coalesce(entity, institution_entity) is not null
),

-- A core that more RFCs than this share tells none of them apart, whatever the form or place.
telling_names as (
    select rfc_names.*
    from rfc_names
    inner join (
        select core
        from rfc_names
        group by core
        having count(distinct rfc) <= 20
    ) as few on rfc_names.core = few.core
),

questions as (
    select distinct
        core,
        form,
        entity,
        is_institution,
        is_surely_legal
    from (
        select
            group_names.core,
            group_names.form,
            joinable_groups.entity,
            joinable_groups.is_institution,
            joinable_groups.is_surely_legal
        from group_names
        inner join joinable_groups on group_names.group_id = joinable_groups.group_id
        where not group_names.is_shared
    ) as asked
),

-- Same words, and the same form or none on one side; one word alone needs the form. Where neither
-- shows a form it might be a natural person's name, unless something says it isn't.
candidates as (
    select
        questions.core,
        questions.form,
        questions.entity,
        questions.is_institution,
        questions.is_surely_legal,
        telling_names.rfc,
        bool_or(telling_names.is_own) as is_own,
        coalesce(bool_or(rfc_territories.entity = questions.entity), false) as is_here,
        bool_and(rfc_territories.entity is null) as is_anywhere
    from questions
    inner join telling_names
        on
            questions.core = telling_names.core
            and (
                questions.form = telling_names.form
                or (
                    (questions.form is null or telling_names.form is null)
                    and questions.core like '% %'
                    and (
                        questions.form is not null
                        or telling_names.form is not null
                        or questions.is_surely_legal
                    )
                )
            )
    left join rfc_territories on telling_names.rfc = rfc_territories.rfc
    group by
        questions.core,
        questions.form,
        questions.entity,
        questions.is_institution,
        questions.is_surely_legal,
        telling_names.rfc
),

-- One RFC here and none that could be here: it is that one. One in the whole country, and no
-- territory known on one side: it is that one, if it is a supplier.
answers as (
    select
        core,
        form,
        entity,
        is_institution,
        is_surely_legal,
        count(*) as candidate_count,
        count(*) filter (is_here or is_anywhere or entity is null) as possible_count,
        case
            when count(*) filter (is_here or is_anywhere) = 1 and count(*) filter (is_here) = 1
                then min(rfc) filter (is_here and is_own)
            when count(*) = 1 and not is_institution and (entity is null or bool_or(is_anywhere))
                then min(rfc) filter (is_own)
        end as rfc,
        case when count(*) filter (is_here) = 1 then 'name_and_territory' else 'name_unique_rfc' end
            as rule
    from candidates
    group by core, form, entity, is_institution, is_surely_legal
),

-- All names of a group must lead to one RFC; one that leads to several stops it.
joined_groups as (
    select
        joinable_groups.group_id,
        max(answers.candidate_count) as candidate_count,
        greatest(max(answers.possible_count), count(distinct answers.rfc)) as possible_count,
        case
            when
                count(distinct answers.rfc) = 1
                and bool_and(answers.rfc is not null or answers.candidate_count is null)
                then min(answers.rfc)
        end as rfc,
        min(answers.rule) filter (answers.rfc is not null) as rule
    from joinable_groups
    inner join group_names on joinable_groups.group_id = group_names.group_id
    left join answers
        on
            group_names.core = answers.core
            and group_names.form is not distinct from answers.form
            and joinable_groups.entity is not distinct from answers.entity
            and joinable_groups.is_institution = answers.is_institution
            and joinable_groups.is_surely_legal = answers.is_surely_legal
    where not group_names.is_shared
    group by joinable_groups.group_id
),

-- Groups without RFC meet each other by their main name: one key each, so there are no chains. Who
-- might be either of two RFCs stays alone.
keyed_groups as (
    select
        joinable_groups.group_id,
        joinable_groups.core,
        joinable_groups.form,
        coalesce(joinable_groups.entity, joinable_groups.source_entity) as entity
    from joinable_groups
    left join joined_groups on joinable_groups.group_id = joined_groups.group_id
    where
        joinable_groups.is_surely_legal
        and joined_groups.rfc is null
        and coalesce(joined_groups.possible_count, 0) < 2
),

-- A name without form is the one with the form when its territory knows only one.
forms as (
    select
        core,
        entity,
        case when core like '% %' and count(distinct form) = 1 then min(form) end as only_form
    from keyed_groups
    group by core, entity
),

met_groups as (
    select
        keyed_groups.group_id,
        {{ organization_digest([
            "'territory'",
            'keyed_groups.core',
            'coalesce(keyed_groups.form, forms.only_form)',
            'keyed_groups.entity',
        ]) }} as organization_id,
        count(*) over (
            partition by
                keyed_groups.core,
                coalesce(keyed_groups.form, forms.only_form),
                keyed_groups.entity
        ) as group_count
    from keyed_groups
    inner join forms
        on
            keyed_groups.core = forms.core
            and keyed_groups.entity is not distinct from forms.entity
),

decided as (
    select
        source_id,
        party_key,
        organization_id,
        rule,
        cast(null as bigint) as candidate_count
    from known_faces
    union all
    select
        source_id,
        party_key,
        organization_of_id as organization_id,
        'published_id' as rule,
        cast(null as bigint) as candidate_count
    from unknown_faces
    where organization_of_id is not null
    union all
    select
        grouped_faces.source_id,
        grouped_faces.party_key,
        coalesce(
            'MX-RFC-' || joined_groups.rfc,
            met_groups.organization_id,
            grouped_faces.group_id
        ) as organization_id,
        case
            when joined_groups.rfc is not null then joined_groups.rule
            when met_groups.group_count > 1 then 'name_and_territory'
            else 'itself'
        end as rule,
        joined_groups.candidate_count
    from grouped_faces
    left join joined_groups on grouped_faces.group_id = joined_groups.group_id
    left join met_groups on grouped_faces.group_id = met_groups.group_id
)

select
    faces.source_id,
    faces.party_key,
    faces.party_id,
    faces.name,
    faces.identifier_scheme,
    faces.identifier_id,
    decided.organization_id,
    decided.rule,
    case
        when decided.rule = 'name_unique_rfc' then 'low'
        when decided.rule = 'name_and_territory' then 'medium'
        else 'high'
    end as confidence,
    names.core as normalized_name,
    names.form as company_form,
    faces.entity,
    faces.municipality,
    coalesce(read_faces.entity, read_faces.institution_entity) as territory,
    cast(decided.candidate_count as integer) as candidate_count,
    faces.roles,
    faces.is_institution,
    faces.is_supplier,
    faces.is_unit,
    faces.party_count,
    faces.process_count,
    faces.first_seen,
    faces.last_seen
from faces
inner join decided
    on
        faces.source_id = decided.source_id
        and faces.party_key = decided.party_key
inner join read_faces
    on
        faces.source_id = read_faces.source_id
        and faces.party_key = read_faces.party_key
left join names on faces.name = names.name
