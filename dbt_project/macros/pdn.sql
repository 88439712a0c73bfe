{#-
  What the services of the PDN gave, each record named: the same for every generation of the
  standard.
-#}

{#- The records of one family (`systems`: collection → system); others are unusable records. -#}
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

{#- Expression: where a field of v1 stands in a record, which may be of v2: a JSON pointer by system
    and collection. Of columns system, dialect and collection. -#}
{% macro pdn_pointer(path) -%}
    {%- set v2 = {
        '/fechaCaptura': ['/fecha', '/date_created', '/date_created'],
        '/ejercicioFiscal': ['/ejercicio', none, none],
        '/nombres': ['/datosGenerales/nombre', none, none],
        '/primerApellido': ['/datosGenerales/primerApellido', none, none],
        '/institucionDependencia/nombre': [
            '/empleoCargoComision/nombreEntePublico', '/empleoCargoComision/nombreEntePublico',
            '/dondeCometioLaFalta/nombreEntePublico',
        ],
        '/institucionDependencia/siglas': [
            '/empleoCargoComision/siglasEntePublico', '/empleoCargoComision/siglasEntePublico',
            '/dondeCometioLaFalta/siglasEntePublico',
        ],
        '/puesto': ['/empleoCargoComision/denominacion', none, none],
        '/puesto/nombre': ['/empleoCargoComision/denominacion', none, none],
        '/servidorPublicoSancionado/nombres': [none, '/datosGenerales/nombres', none],
        '/servidorPublicoSancionado/primerApellido': [none, '/datosGenerales/primerApellido', none],
        '/servidorPublicoSancionado/puesto': [none, '/empleoCargoComision/denominacion', none],
        '/particularSancionado/nombreRazonSocial': [none, none, '/datosGenerales'],
        '/autoridadSancionadora': [
            none, '/resolucion/autoridadResolutora', '/resolucion/autoridadResolutora',
        ],
        '/causaMotivoHechos': [none, '/faltaCometida', '/faltaCometida'],
        '/observaciones': ['/Observaciones', '/observaciones', none],
        '/multa/monto': [none, '/tipoSancion', '/tipoSancion'],
        '/multa/moneda/clave': [none, '/tipoSancion', '/tipoSancion'],
        '/inhabilitacion': [none, '/tipoSancion', '/tipoSancion'],
        '/inhabilitacion/plazo': [none, '/tipoSancion', '/tipoSancion'],
        '/inhabilitacion/fechaInicial': [none, '/tipoSancion', '/tipoSancion'],
        '/inhabilitacion/fechaFinal': [none, '/tipoSancion', '/tipoSancion'],
    } -%}
    {%- if path not in v2 -%}
    '{{ path }}'
    {%- else -%}
    case
        {%- for system in ['s2', 's3s', 's3p'] %}
        {%- if v2[path][loop.index0] is not none %}
        when dialect = 'v2' and system = '{{ system }}' then '{{ v2[path][loop.index0] }}'
        {%- endif %}
        {%- endfor %}
        else '{{ path }}'
    end
    {%- endif -%}
{%- endmacro %}

{#- Query: one code of the v2 records of a collection; `label` the path of its words, `pointer`
    where it stands, if not where the codelist says. -#}
{% macro code_of_v2(collection, field, path, label=none, leaf='', pointer=none) -%}
    select
        slice_id,
        entity_key,
        collection,
        false as has_label,
        '{{ field }}' as field,
        '/{{ (pointer or field) | replace('.', '/') }}{{ leaf }}' as path,
        {{ json_text('record', path) }} as clave,
        {% if label is none -%}
        cast(null as varchar) as valor
        {%- else -%}
        {{ json_text('record', label) }} as valor
        {%- endif %}
    from records
    where collection = '{{ collection }}'
{%- endmacro %}
