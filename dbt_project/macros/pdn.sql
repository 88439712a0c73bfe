{#-
  What the services of the PDN gave, each record named: the same for every generation of the
  standard.
-#}

{#- The records of one family: `systems` is collection → system; other collections are unusable
    records. -#}
{% macro pdn_landed_records(family, dialect, systems) -%}
select
    source_id || '@' || generation as slice_id,
    source_id,
    case collection
        {%- for collection, system in systems.items() %}
        when '{{ collection }}' then '{{ system }}'
        {%- endfor %}
    end as system,
    '{{ dialect }}' as dialect,
    collection,
    coalesce(
        {{ json_text('record', '$.id') }},
        {{ json_text('record', '$._id."$oid"') }},
        {{ json_text('record', '$._id') }},
        record_sha256
    ) as record_id,
    record,
    ordinal,
    raw_sha256,
    page,
    position
from {{ source('landed', family) }}
where
    not is_duplicate
    and {{ json_is_object('record') }}
    and collection in ('{{ systems.keys() | join("', '") }}')
{%- endmacro %}

{#- CTE body: of each declaration of S1 what `shape` names of its public record, read in one
    parse, as `declaration`. -#}
{% macro pdn_s1_declarations(shape) -%}
select
    slice_id,
    source_id,
    record_id,
    ordinal,
    {{ json_typed('record', shape) }} as declaration
from {{ source('public_view', 'pdn_records') }}
where system = 's1'
{%- endmacro %}

{#- CTE body: the items of sections of declarations, one row each, as `element`, with their
    section and JSON pointer.
    `sections` is section -> (block of the declaration, list of the section); `item` is the shape
    of an item of any of
    them: of one shape for all, so that they are read in one pass and stay where they are. -#}
{% macro pdn_s1_items(sections, item) -%}
    {%- set shape = {} -%}
    {%- for section, (block, items) in sections.items() -%}
        {%- if block not in shape -%}{%- do shape.update({block: {}}) -%}{%- endif -%}
        {%- do shape[block].update({section: {items: [item]}}) -%}
    {%- endfor -%}
    {%- set entries = [] -%}
    {%- for section, (block, items) in sections.items() -%}
        {%- do entries.append(struct_of({
            'seccion': "'" ~ section ~ "'",
            'path': "'/declaracion/" ~ block ~ '/' ~ section ~ '/' ~ items ~ "/'",
            'items': 'declaration.declaracion.' ~ block ~ '.' ~ section ~ '.' ~ items,
        })) -%}
    {%- endfor -%}
select
    slice_id,
    source_id,
    record_id,
    ordinal,
    entry.seccion as seccion,
    entry.path || place as path,
    element
from (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        entry,
        {{ unnested('entry.items', 'element', 'place') }}
    from (
        select
            slice_id,
            source_id,
            record_id,
            ordinal,
            {{ unnested(list_of(entries), 'entry', 'entry_place') }}
        from ({{ pdn_s1_declarations({'declaracion': shape}) }}) as declarations
    ) as sections
) as items
{%- endmacro %}

{#- Shape of a coded value. -#}
{% macro pdn_coded() -%}
    {{ return({'clave': 'text', 'valor': 'text'}) }}
{%- endmacro %}

{#- Shape of an amount. -#}
{% macro pdn_money() -%}
    {{ return({'valor': 'text', 'moneda': 'text'}) }}
{%- endmacro %}
