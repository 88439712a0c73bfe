{#- Public bodies: where their names stand in the admitted tables, and how a name is compared, for
    models/integrated/institution_names.sql (docs/mapping/integrated.md), which decides who is
    who. What only the engine understands is dispatched, as in engine.sql. -#}

{#- Where records of the PDN name a public body: system, table of the admitted ones, field (the
    standard's own name), columns. `entity` is a column with the INEGI key of the state, for those
    sources alone that publish for all states; none where the table has no such column. -#}
{% macro institution_fields() -%}
    {{ return([
        {
            'system': 's1', 'table': 'pdn_s1_declaraciones', 'field': 'institucion',
            'name': 'institucion', 'acronym': none,
            'code': none, 'entity': 'entidad_clave', 'seen_at': 'actualizacion',
        },
        {
            'system': 's1', 'table': 'pdn_s1_declaraciones', 'field': 'nombreEntePublico',
            'name': 'nombre_ente_publico', 'acronym': none,
            'code': none, 'entity': 'entidad_clave', 'seen_at': 'actualizacion',
        },
        {
            'system': 's2', 'table': 'pdn_s2', 'field': 'institucionDependencia',
            'name': 'institucion_nombre', 'acronym': 'institucion_siglas',
            'code': 'institucion_clave', 'entity': none, 'seen_at': 'fecha_captura',
        },
        {
            'system': 's3', 'table': 'pdn_s3_servidores', 'field': 'institucionDependencia',
            'name': 'institucion_nombre', 'acronym': 'institucion_siglas',
            'code': 'institucion_clave', 'entity': none, 'seen_at': 'fecha_captura',
        },
        {
            'system': 's3', 'table': 'pdn_s3_particulares', 'field': 'institucionDependencia',
            'name': 'institucion_nombre', 'acronym': 'institucion_siglas',
            'code': 'institucion_clave', 'entity': none, 'seen_at': 'fecha_captura',
        },
    ]) }}
{%- endmacro %}

{#- CTEs over the admitted tables, the last of them `institution_mentions`: a row for each record
    that names a public body or has a place to (source_id, system, field, name, acronym, code,
    entity, seen_at): PDN records, buyers of OCDS processes, and the bodies a provider lists
    (field `dependencias`, seen_at null). -#}
{% macro institution_mentions() -%}
buyer_places as (
    select
        source_id,
        ocid,
        trim(party_id) as party_id,
        min(entity) as entity
    from {{ source('admitted', 'ocds_parties') }}
    group by source_id, ocid, trim(party_id)
),

institution_mentions as (
    {%- for place in institution_fields() %}
    select
        source_id,
        '{{ place.system }}' as system,
        '{{ place.field }}' as field,
        {{ place.name }} as name,
        {{ place.acronym or 'null' }} as acronym,
        {{ place.code or 'null' }} as code,
        {{ place.entity or 'null' }} as entity,
        {{ place.seen_at }} as seen_at
    from {{ source('admitted', place.table) }}
    union all
    {%- endfor %}
    select
        processes.source_id,
        's6' as system,
        'buyer' as field,
        processes.buyer_name as name,
        null as acronym,
        null as code,
        buyer_places.entity,
        processes.compiled_date as seen_at
    from {{ source('admitted', 'ocds_processes') }} as processes
    left join buyer_places
        on
            processes.source_id = buyer_places.source_id
            and processes.ocid = buyer_places.ocid
            and trim(processes.buyer_id) = buyer_places.party_id
    where processes.buyer_id is not null or processes.buyer_name is not null
    union all
    select
        listed.source_id,
        {{ system_key('sources.system') }} as system,
        'dependencias' as field,
        listed.nombre as name,
        listed.siglas as acronym,
        listed.clave as code,
        null as entity,
        null as seen_at
    from {{ source('admitted', 'listed_institutions') }} as listed
    inner join {{ source('admitted', 'sources') }} as sources
        on listed.source_id = sources.source_id
)
{%- endmacro %}

{#- s1, s2, s3 or s6 of a declared system (pdn-s1 … s6-ocds). -#}
{% macro system_key(system) -%}
    case {{ system }} when 's6-ocds' then 's6' else replace({{ system }}, 'pdn-', '') end
{%- endmacro %}

{#- True where a source is PDN's own (its files, its kept answers): they hold every state's
    records, and so are of no state. -#}
{% macro is_of_every_state(publisher_id) -%}
    coalesce({{ publisher_id }} = 'sesna', false)
{%- endmacro %}

{#- A name_core for comparing within one state: what only says the state goes from its end (… DEL
    ESTADO DE OAXACA, … DE OAXACA), so do letters typed twice (JUSTIICIA), on both sides alike.
    `place` and `short_place` are plain_name of the state's names; null keeps them. A municipality
    keeps its whole name, and no name becomes a single word, but for the powers of a state. -#}
{% macro institution_key(core, place, short_place) -%}
    {{ return(adapter.dispatch('institution_key')(core, place, short_place)) }}
{%- endmacro %}
{% macro default__institution_key(core, place, short_place) -%}
    {%- set places = "(?:' || " ~ place ~ " || '|' || " ~ short_place ~ " || ')" -%}
    {%- set of_the_state = "(?:DEL? )?(?:ESTADO|EDO)" -%}
    {%- set state = "coalesce(regexp_extract(" ~ core ~ ", '^(.*?\\S) " ~ of_the_state
        ~ " (?:LIBRE Y SOBERANO )?DE " ~ places ~ "$', 1), '')" -%}
    {%- set own = "coalesce(regexp_extract(" ~ core ~ ", '^(.*\\S \\S*\\S) DE " ~ places
        ~ "$', 1), '')" -%}
    {%- set bare = "regexp_extract(" ~ core ~ ", '^(.*?\\S) " ~ of_the_state ~ "$', 1)" -%}
    {{ single_letters(
        "case when " ~ core ~ " like 'MUNICIPIO %' or " ~ core ~ " like 'GOBIERNO %' then " ~ core
        ~ " when " ~ state ~ " <> '' then " ~ state
        ~ " when " ~ own ~ " <> '' then " ~ own
        ~ " when " ~ place ~ " is not null and " ~ bare ~ " <> '' then " ~ bare
        ~ " else " ~ core ~ " end"
    ) }}
{%- endmacro %}

{#- A text in capitals with each letter once that is typed twice in a row. -#}
{% macro single_letters(text) -%}
    {%- set single = namespace(text=text) -%}
    {%- for letter in 'ABCDEFGHIJKLMNOPQRSTUVWXYZ' -%}
        {%- set to = "', '" ~ letter ~ "')" -%}
        {%- set single.text = "replace(" ~ single.text ~ ", '" ~ letter ~ letter ~ to -%}
    {%- endfor -%}
    {{ single.text }}
{%- endmacro %}

{#- True where a name_core says at its end which state it is of (… DEL ESTADO DE OAXACA). -#}
{% macro ends_with_state(core, place, short_place) -%}
    regexp_matches(
        {{ core }},
        ' (ESTADO|EDO) (LIBRE Y SOBERANO )?DE ('
        || {{ place }} || '|' || {{ short_place }} || ')$'
    )
{%- endmacro %}

{#- True where each word of `short` begins a word of `long`, and one of them is cut off (CONS DE LA
    JUD is CONSEJO DE LA JUDICATURA). Small words don't count; two words at least do. -#}
{% macro is_abbreviation_of(short, long) -%}
    {{ return(adapter.dispatch('is_abbreviation_of')(short, long)) }}
{%- endmacro %}
{% macro default__is_abbreviation_of(short, long) -%}
    {%- set words = "list_filter(string_split(" ~ short ~ ", ' '), lambda word: length(word) >= 3"
        ~ " and word not in ('DEL', 'LAS', 'LOS', 'PARA'))" -%}
    len({{ words }}) >= 2
    and len(list_filter(
        {{ words }},
        lambda word: len(list_filter(
            string_split({{ long }}, ' '), lambda whole: starts_with(whole, word)
        )) = 0
    )) = 0
    and len(list_filter(
        {{ words }}, lambda word: not list_contains(string_split({{ long }}, ' '), word)
    )) > 0
{%- endmacro %}

{#- Id of a public body: a digest of its state and the name it is compared by. -#}
{% macro institution_digest(territory, key) -%}
    {{ return(adapter.dispatch('institution_digest')(territory, key)) }}
{%- endmacro %}
{% macro default__institution_digest(territory, key) -%}
    'TEQUIO-INST-' || left(md5(concat_ws(chr(31), {{ territory }}, {{ key }})), 16)
{%- endmacro %}
