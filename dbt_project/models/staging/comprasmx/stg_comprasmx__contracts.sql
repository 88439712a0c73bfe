{#- Layout of the 21-column file of 2026: column here -> header in the file. The layout is
    recognised by the headers without which a row can't become part of a contracting process. -#}
{%- set texts = {
    'institution_name': 'Institución',
    'unit_name': 'Nombre de la UC',
    'unit_id': 'Clave de la UC',
    'supplier_name': 'Proveedor o contratista',
    'procedure_number': 'Número de procedimiento',
    'procedure_type': 'Tipo Procedimiento',
    'contracting_type': 'Tipo de contratación',
    'law': 'Ley',
    'exception_article': 'Artículo de excepción',
    'exception_description': 'Descripción excepción',
    'budget_items': 'Partida específica',
    'supplier_size': 'Estratificación',
    'consolidated': 'Compra consolidada',
    'description': 'Descripción del contrato',
    'notice_url': 'Dirección del anuncio',
} -%}
{%- set required = [
    'rfc',
    'Institución',
    'Clave de la UC',
    'Proveedor o contratista',
    'Número de procedimiento',
    'Tipo Procedimiento',
    'Importe DRC',
] -%}
{%- set fields = {
    'rfc_published': '$.rfc',
    'amount_published': '$."Importe DRC"',
    'published_at_published': '$."Fecha de publicación"',
    'awarded_at_published': '$."Fecha de fallo"',
    'signed_at_published': '$."Fecha de firma del contrato"',
    'starts_at_published': '$."Fecha de inicio del contrato"',
} -%}
{%- for column, header in texts.items() -%}
    {%- do fields.update({column ~ '_published': '$."' ~ header ~ '"'}) -%}
{%- endfor -%}
with landed as (
    select * from {{ source('landed', 'comprasmx_2026') }}
),

published as (
    select
        source_id || '@' || generation as slice_id,
        source_id,
        ordinal,
        record,
        record_sha256,
        raw_sha256,
        page,
        position,
        {{ json_has_keys('record', required) }} as has_layout,
        {{ json_texts('record', fields) }} as texts
    from landed
    where not is_duplicate
),

extracted as (
    select
        * exclude (texts),
        {{ json_columns('texts', fields) }}
    from published
),

repaired as (
    select
        *,
        {%- for column in texts %}
        {{ clean_text(column ~ '_published') }} as {{ column }},
        {%- endfor %}
        {{ clean_rfc('rfc_published') }} as rfc,
        {{ try_decimal('amount_published') }} as amount,
        {{ try_timestamp('published_at_published') }} as published_at,
        {{ try_timestamp('awarded_at_published') }} as awarded_at,
        {{ try_timestamp('signed_at_published') }} as signed_at,
        {{ try_timestamp('starts_at_published') }} as starts_at
    from extracted
)

select
    slice_id,
    source_id,
    ordinal,
    procedure_number,
    rfc,
    supplier_name,
    supplier_size,
    institution_name,
    unit_id,
    unit_name,
    procedure_type,
    contracting_type,
    law,
    exception_article,
    exception_description,
    budget_items,
    case upper(consolidated) when 'SI' then true when 'SÍ' then true when 'NO' then false end
        as is_consolidated,
    amount,
    published_at,
    awarded_at,
    signed_at,
    starts_at,
    description,
    notice_url,
    -- Repairs and failed casts by column: "rfc,unit_id". The record holds the originals.
    nullif(
        concat_ws(
            ','
            {%- for column in texts %},
            case when {{ column }} is distinct from {{ column }}_published then '{{ column }}' end
            {%- endfor %},
            case when rfc is distinct from rfc_published then 'rfc' end
        ),
        ''
    ) as repaired_columns,
    nullif(
        concat_ws(
            ','
            {%- for column in ['amount', 'published_at', 'awarded_at', 'signed_at', 'starts_at'] %},
            case
                when {{ column }} is null and {{ clean_text(column ~ '_published') }} is not null
                    then '{{ column }}'
            end
            {%- endfor %}
        ),
        ''
    ) as unreadable_columns,
    record,
    record_sha256,
    raw_sha256,
    page,
    position,
    case
        when not has_layout then 'unknown_layout'
        when procedure_number is null then 'no_procedure_number'
    end as unusable_reason
from repaired
