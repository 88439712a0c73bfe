{#- Who is who: names made comparable and ids read, for the models that resolve organizations over
    sources (docs/mapping/integrated.md). What only the engine understands is dispatched, as in
    engine.sql. Nothing here decides a match; models/integrated/organization_evidence.sql does. -#}

{#- CTEs over the admitted tables, the last of them `published_parties`: one row for each party of a
    process, for each organization a process only refers to (its id isn't in parties), and for each
    institution a PDN record names: source_id, ocid (null in the PDN), path, party_key, party_id,
    name, identifier_scheme, identifier_id, legal_personality, entity, municipality, roles
    (published ones and those it is referred to in, comma separated), is_unit, seen_at (date of the
    compiled release, capture date of the PDN record). What has neither id nor name is nobody. -#}
{% macro published_parties() -%}
processes as (
    select
        source_id,
        ocid,
        nullif(trim(buyer_id), '') as buyer_id,
        buyer_name,
        nullif(trim(procuring_entity_id), '') as procuring_entity_id,
        procuring_entity_name,
        compiled_date
    from {{ source('admitted', 'ocds_processes') }}
),

-- An organization that is referred to more than once counts at its first place.
organization_references as (
    select
        source_id,
        ocid,
        party_id,
        string_agg(distinct role, ',' order by role) as roles,
        min(path) as path,
        min(name) as name
    from (
        select
            source_id,
            ocid,
            '/buyer' as path,
            buyer_id as party_id,
            buyer_name as name,
            'buyer' as role
        from processes
        union all
        select
            source_id,
            ocid,
            '/tender/procuringEntity' as path,
            procuring_entity_id as party_id,
            procuring_entity_name as name,
            'procuringEntity' as role
        from processes
        union all
        select
            source_id,
            ocid,
            path,
            nullif(trim(supplier_id), '') as party_id,
            supplier_name as name,
            'supplier' as role
        from {{ source('admitted', 'ocds_award_suppliers') }}
        union all
        select
            source_id,
            ocid,
            path,
            nullif(trim(tenderer_id), '') as party_id,
            tenderer_name as name,
            'tenderer' as role
        from {{ source('admitted', 'ocds_tenderers') }}
    ) as named
    where party_id is not null
    group by source_id, ocid, party_id
),

ocds_parties as (
    select
        source_id,
        ocid,
        path,
        nullif(trim(party_id), '') as party_id,
        name,
        identifier_scheme,
        identifier_id,
        legal_personality,
        entity,
        municipality,
        roles
    from {{ source('admitted', 'ocds_parties') }}
),

pdn_institutions as (
    {%- for table in ('pdn_s2', 'pdn_s3_servidores', 'pdn_s3_particulares') %}
    select
        source_id,
        coalesce(nullif(trim(institucion_clave), ''), nullif(trim(institucion_siglas), ''))
            as party_id,
        institucion_nombre as name,
        fecha_captura as seen_at
    from {{ source('admitted', table) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

named_parties as (
    select
        ocds_parties.source_id,
        ocds_parties.ocid,
        ocds_parties.path,
        ocds_parties.party_id,
        ocds_parties.name,
        ocds_parties.identifier_scheme,
        ocds_parties.identifier_id,
        ocds_parties.legal_personality,
        ocds_parties.entity,
        ocds_parties.municipality,
        concat_ws(',', nullif(ocds_parties.roles, ''), organization_references.roles) as roles
    from ocds_parties
    left join organization_references
        on
            ocds_parties.source_id = organization_references.source_id
            and ocds_parties.ocid = organization_references.ocid
            and ocds_parties.party_id = organization_references.party_id
    union all
    select
        organization_references.source_id,
        organization_references.ocid,
        organization_references.path,
        organization_references.party_id,
        organization_references.name,
        null as identifier_scheme,
        null as identifier_id,
        null as legal_personality,
        null as entity,
        null as municipality,
        organization_references.roles
    from organization_references
    left join (select distinct source_id, ocid, party_id from ocds_parties) as listed
        on
            organization_references.source_id = listed.source_id
            and organization_references.ocid = listed.ocid
            and organization_references.party_id = listed.party_id
    where listed.party_id is null
),

dated_parties as (
    select
        named_parties.source_id,
        named_parties.ocid,
        named_parties.path,
        named_parties.party_id,
        named_parties.name,
        named_parties.identifier_scheme,
        named_parties.identifier_id,
        named_parties.legal_personality,
        named_parties.entity,
        named_parties.municipality,
        named_parties.roles,
        -- The purchasing unit of somebody else: it neither buys nor pays itself.
        {{ has_role('named_parties.roles', unit_roles()) }}
        and not {{ has_role('named_parties.roles', ['buyer', 'payer', 'funder']) }}
        and not {{ has_role('named_parties.roles', supplier_roles()) }}
        and processes.buyer_id is not null as is_unit,
        processes.compiled_date as seen_at
    from named_parties
    left join processes
        on
            named_parties.source_id = processes.source_id
            and named_parties.ocid = processes.ocid
    union all
    select
        source_id,
        null as ocid,
        null as path,
        party_id,
        name,
        null as identifier_scheme,
        null as identifier_id,
        null as legal_personality,
        null as entity,
        null as municipality,
        'institution' as roles,
        false as is_unit,
        seen_at
    from pdn_institutions
),

published_parties as (
    select
        source_id,
        ocid,
        path,
        {{ party_key([
            'party_id', 'name', 'identifier_scheme', 'identifier_id', 'entity', 'municipality'
        ]) }} as party_key,
        party_id,
        name,
        identifier_scheme,
        identifier_id,
        legal_personality,
        entity,
        municipality,
        roles,
        is_unit,
        seen_at
    from dated_parties
    where party_id is not null or {{ real_name('name') }} is not null
)
{%- endmacro %}

{#- What tells parties of a source apart, as one readable text: the values in JSON quotes, "null"
    for none. No digest: an RFC may be among them. -#}
{% macro party_key(expressions) -%}
    '['
    {%- for expression in expressions %}
    || coalesce({{ json_string(expression) }}, 'null') || '{{ ',' if not loop.last }}'
    {%- endfor %}
    || ']'
{%- endmacro %}

{#- Roles of OCDS 1.1 and EDCA. -#}
{% macro supplier_roles() -%}
    {{ return([
        'supplier', 'tenderer', 'payee', 'issuingSupplier', 'enquirer', 'notifiedSupplier'
    ]) }}
{%- endmacro %}
{% macro unit_roles() -%}
    {{ return([
        'procuringEntity', 'requestingUnit', 'contractingUnit', 'technicalUnit', 'responsibleUnit'
    ]) }}
{%- endmacro %}
{% macro institution_roles() -%}
    {{ return(['buyer', 'payer', 'funder', 'institution'] + unit_roles()) }}
{%- endmacro %}

{#- True where one of the roles is in a comma separated list. -#}
{% macro has_role(roles, wanted) -%}
    regexp_matches(coalesce({{ roles }}, ''), '(^|,)({{ wanted | join('|') }})(,|$)')
{%- endmacro %}

{#- The different members of a comma separated list, in order; null for none. -#}
{% macro distinct_members(list) -%}
    {{ return(adapter.dispatch('distinct_members')(list)) }}
{%- endmacro %}
{% macro default__distinct_members(list) -%}
    nullif(array_to_string(list_sort(list_distinct(string_split({{ list }}, ','))), ','), '')
{%- endmacro %}

{#- Ids ---------------------------------------------------------------------------------------- -#}

{#- RFC of a legal person (3 letters, a date, 3 characters) in an id with or without its prefix;
    null for anything else, an RFC with the number of a unit behind it too, and for RFCs that are
    typed for nobody in particular. The check digit is a rule of quality's, not of identity. -#}
{% macro legal_rfc(expression) -%}
    {{ return(adapter.dispatch('legal_rfc')(expression)) }}
{%- endmacro %}
{% macro default__legal_rfc(expression) -%}
    {%- set rfc = "regexp_extract(upper(trim(" ~ expression ~ ")), "
        ~ "'^(?:(?:MX[-_ ])?RFC[-_: ]+)?([A-ZÑ&]{3}\\d\\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])"
        ~ "[A-Z0-9]{3})$', 1)" -%}
    case
        when not regexp_matches({{ rfc }}, '^(AAA|XXX|ABC|XAX|XEX)(010101|111111)')
            then nullif({{ rfc }}, '')
    end
{%- endmacro %}

{#- The pseudonym that stands for a natural person's RFC (pipelines/standards/privacy.py). -#}
{% macro pseudonym(expression) -%}
    case when trim({{ expression }}) like 'MX-TEQUIO-%' then trim({{ expression }}) end
{%- endmacro %}

{#- Id of a purchasing unit made of its institution's RFC and its number there (CompraNet,
    Guadalajara: <RFC>-048410003, MX-RFC-<RFC>-01), without the prefix; null for anything else. -#}
{% macro unit_of_rfc(expression) -%}
    {{ return(adapter.dispatch('unit_of_rfc')(expression)) }}
{%- endmacro %}
{% macro default__unit_of_rfc(expression) -%}
    nullif(
        regexp_extract(
            upper(trim({{ expression }})),
            '^(?:(?:MX[-_ ])?RFC[-_: ]+)?([A-ZÑ&]{3}\d{6}[A-Z0-9]{3}-[A-Z0-9]{2,})$',
            1
        ),
        ''
    )
{%- endmacro %}

{#- Key of a purchasing unit in CompraNet (048410003: ramo, unit, number; one unit of the whole
    country), alone or behind the RFC of its institution; null for anything else. -#}
{% macro compranet_unit(expression) -%}
    {{ return(adapter.dispatch('compranet_unit')(expression)) }}
{%- endmacro %}
{% macro default__compranet_unit(expression) -%}
    nullif(
        regexp_extract(
            upper(trim({{ expression }})),
            '^(?:[A-ZÑ&]{3}\d{6}[A-Z0-9]{3}-)?(\d{3}[0-9A-Z]{3}\d{3})$',
            1
        ),
        ''
    )
{%- endmacro %}

{#- True where a published id can tell organizations of its source apart: four characters or more,
    no placeholder and nothing that looks like an RFC (a valid one is read by legal_rfc; of a broken
    or generic one nobody knows whose it is). -#}
{% macro is_telling_id(expression) -%}
    {{ return(adapter.dispatch('is_telling_id')(expression)) }}
{%- endmacro %}
{% macro default__is_telling_id(expression) -%}
    coalesce(
        length({{ expression }}) >= 4
        and not {{ is_placeholder(expression) }}
        and not regexp_matches(
            upper({{ expression }}), '^((MX[-_ ])?RFC[-_: ]+.*|[A-ZÑ&]{3,4}\d{5,}[A-Z0-9]{0,4})$'
        ),
        false
    )
{%- endmacro %}

{#- 16 hexadecimal digits of a digest, for ids of organizations. Never pass an RFC or CURP. -#}
{% macro organization_digest(expressions) -%}
    {{ return(adapter.dispatch('organization_digest')(expressions)) }}
{%- endmacro %}
{% macro default__organization_digest(expressions) -%}
    'TEQUIO-ORG-' || left(md5(concat_ws(
        chr(31)
        {%- for expression in expressions %},
        coalesce({{ expression }}, '')
        {%- endfor %}
    )), 16)
{%- endmacro %}

{#- Names -------------------------------------------------------------------------------------- -#}

{#- A name for comparing: upper case, no accents, letters and digits with one blank between words; &
    is Y; an acronym before a bar (SEPAF | …) or in parentheses at the end goes, where its first
    letter is the name's; so does a number sign and what follows. Initials lose their dots, so
    that S.A. de C.V. is SA DE CV. -#}
{% macro plain_name(expression) -%}
    {{ return(adapter.dispatch('plain_name')(expression)) }}
{%- endmacro %}
{% macro default__plain_name(expression) -%}
    {%- set upper = "upper(strip_accents(" ~ expression ~ "))" -%}
    {%- set bare = "regexp_replace(" ~ upper ~ ", '^[A-Z]{2,10} *\\| *', '')" -%}
    {%- set acronym = "regexp_extract(" ~ bare ~ ", '\\(([A-Z.]{2,12})\\)\\s*$', 1)" -%}
    trim(regexp_replace(
        regexp_replace(
            replace(
                case
                    when left({{ acronym }}, 1) = left({{ bare }}, 1)
                        then regexp_replace({{ bare }}, '\([A-Z.]+\)\s*$', '')
                    else {{ bare }}
                end,
                '&',
                ' Y '
            ),
            '\b([A-Z])\.', '\1', 'g'
        ),
        '[^A-Z0-9]+', ' ', 'g'
    ))
{%- endmacro %}

{#- The same with forms of companies written as words (SOCIEDAD ANONIMA DE CAPITAL VARIABLE) in
    letters. Few names have any. -#}
{% macro lettered_name(expression) -%}
    {{ return(adapter.dispatch('lettered_name')(expression)) }}
{%- endmacro %}
{% macro default__lettered_name(expression) -%}
    {%- set words = [
        ('SOCIEDAD ANONIMA PROMOTORA DE INVERSION', 'SAPI'),
        ('SOCIEDAD ANONIMA BURSATIL', 'SAB'),
        ('SOCIEDAD ANONIMA', 'SA'),
        ('SOCIEDAD POR ACCIONES SIMPLIFICADA', 'SAS'),
        ('SOCIEDAD DE PRODUCCION RURAL', 'SPR'),
        ('SOCIEDAD COOPERATIVA', 'SC'),
        ('SOCIEDAD CIVIL', 'SC'),
        ('SOCIEDAD DE RESPONSABILIDAD LIMITADA', 'S DE RL'),
        ('DE RESPONSABILIDAD LIMITADA', 'DE RL'),
        ('ASOCIACION CIVIL', 'AC'),
        ('DE CAPITAL VARIABLE', 'DE CV'),
    ] -%}
    {%- set lettered = namespace(text=expression) -%}
    {%- for word, letters in words -%}
        {%- set to = "', '" ~ letters ~ "')" -%}
        {%- set lettered.text = "replace(" ~ lettered.text ~ ", '" ~ word ~ to -%}
    {%- endfor -%}
    case
        when regexp_matches({{ expression }}, 'SOCIEDAD|CAPITAL VARIABLE|LIMITADA|ASOCIACION CIVIL')
            then {{ lettered.text }}
        else {{ expression }}
    end
{%- endmacro %}

{#- Forms of Mexican companies at the end of a lettered_name, with any blanks in them, cut off
    (S DE RL DE) or not, as one regular expression; what may follow isn't part of the form. -#}
{% macro company_form_pattern() -%}
    (S ?A ?P ?I ?B?|S ?A ?B|S ?A ?S|S ?A)( ?DE?)?( ?C( ?V)?)?
    {{- '|(S|S ?C|S ?P ?R|S ?S ?S) ?(DE?)? ?R ?L( ?M ?I)?( ?DE?)?( ?C( ?V)?)?' -}}
    {{- '|S ?C ?P?|A ?C|I ?A ?P|A ?B ?P|S ?N ?C|S ?P ?R|INC|LLC|LTD|GMBH|CORP' -}}
{%- endmacro %}

{#- Form of a company in one spelling (SA DE CV, S DE RL, SC …), '' where the name shows none. -#}
{% macro company_form(lettered) -%}
    {{ return(adapter.dispatch('company_form')(lettered)) }}
{%- endmacro %}
{% macro default__company_form(lettered) -%}
    {%- set letters = "replace(regexp_extract(" ~ lettered ~ ", '^.*? (" ~ company_form_pattern()
        ~ ")( SOFOM)?( E ?N? ?R)?$', 1), ' ', '')" -%}
    {%- set variable = "case when right(" ~ letters ~ ", 1) in ('D', 'E', 'C', 'V') then ' DE CV'"
        ~ " else '' end" -%}
    case
        when regexp_matches({{ letters }}, '^(SAPIB?|SAB|SAS|SA)D?E?C?V?$')
            then regexp_extract({{ letters }}, '^(SAPI|SAB|SAS|SA)', 1) || {{ variable }}
        when {{ letters }} like 'S%RL%'
            then
                regexp_extract({{ letters }}, '^(SSS|SPR|SC|S)', 1)
                || ' DE RL'
                || case when {{ letters }} like '%RLMI%' then ' MI' else '' end
                || {{ variable }}
        else {{ letters }}
    end
{%- endmacro %}

{#- A lettered_name without the form of a company; of an institution's name, which has none, with
    one word for its kind (H. AYUNTAMIENTO DE X, MPIO. X and MUNICIPIO DE X are MUNICIPIO X). -#}
{% macro name_core(lettered) -%}
    {{ return(adapter.dispatch('name_core')(lettered)) }}
{%- endmacro %}
{% macro default__name_core(lettered) -%}
    {%- set form = "'^(.*?) (" ~ company_form_pattern() ~ ")( SOFOM)?( E ?N? ?R)?$'" -%}
    case
        when regexp_matches({{ lettered }}, {{ form }})
            then regexp_replace({{ lettered }}, {{ form }}, '\1')
        when regexp_matches(
            {{ lettered }}, '^(H |HONORABLE |AYUNTAMIENTO|MPIO|MUNICIPIO|SRIA|GOB )'
        )
            then
                regexp_replace(
                    regexp_replace(
                        regexp_replace(
                            regexp_replace({{ lettered }}, '^(H|HONORABLE) ', ''),
                            '^(AYUNTAMIENTO( CONSTITUCIONAL)?( DEL MUNICIPIO)?|MPIO|MUNICIPIO)'
                            || '( DE| DEL)? ',
                            'MUNICIPIO '
                        ),
                        '^SRIA ',
                        'SECRETARIA '
                    ),
                    '^GOB (DEL? )?(EDO|ESTADO) ',
                    'GOBIERNO DEL ESTADO '
                )
        else {{ lettered }}
    end
{%- endmacro %}

{#- True where a name says nothing of who it is, or says it of several: no name joins by it. Words
    for nobody; several companies in one name; without a company's form, offices that every
    institution or municipality has. `form` is null where there is none. -#}
{% macro is_shared_name(core, form) -%}
    {{ return(adapter.dispatch('is_shared_name')(core, form)) }}
{%- endmacro %}
{% macro default__is_shared_name(core, form) -%}
    length({{ core }}) < 3
    or coalesce({{ is_placeholder(core) }}, false)
    or regexp_matches(
        {{ core }},
        '^((VARIOS|VARIAS|DIVERSOS|OTROS)( PROVEEDORES)?|NINGUNO|NADIE|PROVEEDOR(ES)?|CONTRATISTAS?'
        || '|EMPRESAS?|PUBLICO EN GENERAL|PERSONA (FISICA|MORAL)|CONFIDENCIAL|RESERVAD[OA]'
        || '|DESIERT[OA]|CANCELAD[OA]|REDACTED.*|(DATO|INFORMACION) (PROTEGID|RESERVAD)[OA].*'
        || '|(DATO|INFORMACION) (PERSONAL|CONFIDENCIAL)|SIN (DATOS?|NOMBRE|INFORMACION|PROVEEDOR)'
        || '|NO (APLICA|DISPONIBLE|IDENTIFICADO|ADJUDICADO|ESPECIFICADO)|POR DEFINIR)$'
    )
    or regexp_matches(
        {{ core }},
        'PROPUESTA CONJUNTA|PROPOSIC(I)?ON CONJUNTA|PARTICIPACION CONJUNTA|CONJUNTAMENTE'
        || '|EN (ASOCIACION|CONSORCIO)|\b(SA DE CV|SAPI DE CV|S DE RL|S A DE C V)\b'
    )
    or ({{ form }} is null and {{ is_common_office(core) }})
{%- endmacro %}

{#- True where a name_core is that of an office which every institution or municipality has. -#}
{% macro is_common_office(core) -%}
    {{ return(adapter.dispatch('is_common_office')(core)) }}
{%- endmacro %}
{% macro default__is_common_office(core) -%}
    regexp_matches(
        {{ core }},
        '^(GOBIERNO|MUNICIPIO|AYUNTAMIENTO|SECRETARIA|INSTITUTO|OFICIALIA( MAYOR)?|CONTRALORIA'
        || '|TESORERIA|PRESIDENCIA|SINDICATURA|ADMINISTRACION|OBRAS PUBLICAS|DIF|CABILDO'
        || '|CONGRESO)$'
        || '|^((SUB)?DIRECCION|(SUB)?GERENCIA|(SUB)?COORDINACION|DEPARTAMENTO|UNIDAD|JEFATURA'
        || '|AREA|OFICINA|ENLACE|SECCION|DIVISION|ADMINISTRACION DE|(SUB)?DELEGACION)\b'
        || '|\bMUNICIPAL(ES)?( (DE LAS?|DE LOS|DEL?|PARA) |$)|DEL MUNICIPIO$'
    )
{%- endmacro %}

{#- True where a letter begins one of the first three words of a name_core, small words and COMPAÑIA
    aside, as the letters of a legal person's RFC do (SAT). -#}
{% macro is_initial_of(letter, core) -%}
    {{ return(adapter.dispatch('is_initial_of')(letter, core)) }}
{%- endmacro %}
{% macro default__is_initial_of(letter, core) -%}
    {%- set words = "trim(regexp_replace(' ' || " ~ core ~ " || ' ', "
        ~ "' ((DE|DEL|LA|LAS|LOS|EL|Y|EN|PARA|CIA|COMPANIA|SOCIEDAD) )+', ' ', 'g'))" -%}
    strpos(
        regexp_replace(
            regexp_extract({{ words }}, '^\S+( \S+)?( \S+)?'), '(^| )(\S)\S*', '\2', 'g'
        ),
        {{ letter }}
    ) > 0
{%- endmacro %}

{#- True where a name_core without a company's form is an institution's by its first word, so that
    it can't be a natural person's. -#}
{% macro is_public_body(core) -%}
    {{ return(adapter.dispatch('is_public_body')(core)) }}
{%- endmacro %}
{% macro default__is_public_body(core) -%}
    regexp_matches(
        {{ core }},
        '^(SECRETARIA|INSTITUTO|COMISION|UNIVERSIDAD|MUNICIPIO|GOBIERNO|SERVICIOS? DE|SISTEMA'
        || '|CONSEJO|TRIBUNAL|FISCALIA|COLEGIO|CENTRO|HOSPITAL|JUNTA|PODER|AUDITORIA|FIDEICOMISO'
        || '|BANCO|CAMARA|ASOCIACION|FUNDACION|SINDICATO|CONGRESO|PROCURADURIA|PATRONATO|AGENCIA) '
    )
{%- endmacro %}

{#- Contracts ---------------------------------------------------------------------------------- -#}

{#- A contract's number for comparing: letters and digits in upper case, no zeros in front of a
    number, a year at the end in two digits (AD007/2018 and ad-7-18 are AD718). -#}
{% macro plain_number(expression) -%}
    {{ return(adapter.dispatch('plain_number')(expression)) }}
{%- endmacro %}
{% macro default__plain_number(expression) -%}
    nullif(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    upper(strip_accents({{ expression }})), '([^0-9])20([0-9]{2})$', '\1\2'
                ),
                '(^|[^0-9])0+([0-9])', '\1\2', 'g'
            ),
            '[^A-Z0-9]+', '', 'g'
        ),
        ''
    )
{%- endmacro %}

{#- CTEs over the admitted tables and organization_parties for contracts that are published twice:
    `contracts_in_order` (contract_position, source_id, ocid, path, contract_id, contract_number,
    buyer_organization_id, supplier_organization_ids, amount, currency, signed_on),
    `contract_keys` (rule, rule_order, contract_key, contract_position, source_id): what of a
    contract another one could share, one key for each rule at most; `shared_keys` (rule,
    contract_key, first_position, member_count, source_count, source_ids, is_paired): the keys of
    several contracts, of which those with more than 50 aren't paired. -#}
{% macro comparable_contracts() -%}
organizations_of_parties as (
    select
        source_id,
        ocid,
        party_id,
        organization_id
    from {{ ref('organization_parties') }}
),

buyers_of_processes as (
    select
        processes.source_id,
        processes.ocid,
        coalesce(buyers.organization_id, procuring_entities.organization_id)
            as buyer_organization_id
    from {{ source('admitted', 'ocds_processes') }} as processes
    left join organizations_of_parties as buyers
        on
            processes.source_id = buyers.source_id
            and processes.ocid = buyers.ocid
            and trim(processes.buyer_id) = buyers.party_id
    left join organizations_of_parties as procuring_entities
        on
            processes.source_id = procuring_entities.source_id
            and processes.ocid = procuring_entities.ocid
            and trim(processes.procuring_entity_id) = procuring_entities.party_id
),

suppliers_of_awards as (
    select
        award_suppliers.source_id,
        award_suppliers.ocid,
        award_suppliers.award_id,
        string_agg(
            distinct organizations_of_parties.organization_id,
            ','
            order by organizations_of_parties.organization_id
        ) as supplier_organization_ids
    from {{ source('admitted', 'ocds_award_suppliers') }} as award_suppliers
    inner join organizations_of_parties
        on
            award_suppliers.source_id = organizations_of_parties.source_id
            and award_suppliers.ocid = organizations_of_parties.ocid
            and trim(award_suppliers.supplier_id) = organizations_of_parties.party_id
    group by award_suppliers.source_id, award_suppliers.ocid, award_suppliers.award_id
),

contracts_in_order as (
    select
        row_number() over (order by contracts.source_id, contracts.ocid, contracts.path)
            as contract_position,
        contracts.source_id,
        contracts.ocid,
        contracts.path,
        contracts.contract_id,
        {{ plain_number('contracts.contract_id') }} as contract_number,
        buyers_of_processes.buyer_organization_id,
        suppliers_of_awards.supplier_organization_ids,
        contracts.amount,
        contracts.currency,
        cast({{ in_mexico_city('contracts.date_signed') }} as date) as signed_on
    from {{ source('admitted', 'ocds_contracts') }} as contracts
    left join buyers_of_processes
        on
            contracts.source_id = buyers_of_processes.source_id
            and contracts.ocid = buyers_of_processes.ocid
    left join suppliers_of_awards
        on
            contracts.source_id = suppliers_of_awards.source_id
            and contracts.ocid = suppliers_of_awards.ocid
            and contracts.award_id = suppliers_of_awards.award_id
),

-- The only contract of an ocid in each source is the same whatever its number.
repeated_ocids as (
    select
        ocid,
        max(contract_count) as contract_count
    from (
        select
            ocid,
            source_id,
            count(*) as contract_count
        from contracts_in_order
        group by ocid, source_id
    ) as counted
    group by ocid
    having count(*) > 1
),

contract_keys as (
    select
        'same_ocid' as rule,
        1 as rule_order,
        contracts_in_order.ocid
        || chr(31)
        || case when repeated_ocids.contract_count > 1 then contract_number else '' end
            as contract_key,
        contracts_in_order.contract_position,
        contracts_in_order.source_id
    from contracts_in_order
    inner join repeated_ocids on contracts_in_order.ocid = repeated_ocids.ocid
    where repeated_ocids.contract_count = 1 or contracts_in_order.contract_number is not null
    union all
    -- Short numbers (1, 02) only count the contracts of a process.
    select
        'same_contract_number' as rule,
        2 as rule_order,
        contract_number || chr(31) || buyer_organization_id || chr(31) || supplier_organization_ids
            as contract_key,
        contract_position,
        source_id
    from contracts_in_order
    where
        length(contract_number) >= 4
        and regexp_matches(contract_number, '[0-9]')
        and buyer_organization_id is not null
        and supplier_organization_ids is not null
    union all
    -- The buyer may have another name elsewhere (Chihuahua, Municipio de Chihuahua).
    select
        'same_number_and_amount' as rule,
        3 as rule_order,
        concat_ws(
            chr(31),
            contract_number,
            cast(amount as varchar),
            currency,
            supplier_organization_ids
        ) as contract_key,
        contract_position,
        source_id
    from contracts_in_order
    where
        length(contract_number) >= 4
        and regexp_matches(contract_number, '[0-9]')
        and amount > 0
        and currency is not null
        and supplier_organization_ids is not null
    union all
    select
        'same_terms' as rule,
        4 as rule_order,
        concat_ws(
            chr(31),
            cast(amount as varchar),
            currency,
            cast(signed_on as varchar),
            buyer_organization_id,
            supplier_organization_ids
        ) as contract_key,
        contract_position,
        source_id
    from contracts_in_order
    where
        amount > 0
        and currency is not null
        and signed_on is not null
        and buyer_organization_id is not null
        and supplier_organization_ids is not null
),

shared_keys as (
    select
        rule,
        contract_key,
        min(contract_position) as first_position,
        count(*) as member_count,
        count(distinct source_id) as source_count,
        string_agg(distinct source_id, ',' order by source_id) as source_ids,
        count(*) <= 50 as is_paired
    from contract_keys
    group by rule, contract_key
    having
        count(*) > 1
        and (
            rule not in ('same_ocid', 'same_number_and_amount')
            or count(distinct source_id) > 1
        )
)
{%- endmacro %}
