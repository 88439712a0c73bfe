{%- set fields_v2 = {
    'numero_expediente': '$.numeroExpedienteFolio',
    'modalidad': '$.tipoProcedimiento',
    'materia': '$.materia',
    'denominacion': '$.denominacion',
    'descripcion': '$.descripcion',
    'objeto': '$.objeto',
    'fecha_inicio': '$.fechaInicioProcedimiento',
    'fecha_conclusion': '$.fechaConclusionProcedimiento',
    'vigencia_inicio': '$.fechaInicioVigencia',
    'vigencia_conclusion': '$.fechaConclusionVigencia',
    'monto': '$.monto',
    'url': '$.urlActoJuridico',
} -%}
{%- set sections = {
    'otorgamientoConcesion/datosGeneralesConcesiones': 2,
    'enajenacionBien/datosEnajenacionesBienes': 3,
    'avaluosJustipreciacion/datosDictaminacionesAvaluos': 4,
} -%}
{%- set fields = {
    'clave': '$.clave',
    'valor': '$.valor',
} -%}
with records as (
    select * from {{ source('public_view', 'pdn_records') }}
),

elements as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        dialect,
        collection,
        '/tipoProcedimiento/' || (procedimiento.position - 1) as path,
        {{ json_texts('procedimiento.element', fields) }} as texts
    from records
    cross join {{ explode_json('records.record_v1', '$.tipoProcedimiento', 'procedimiento') }}
    where
        system = 's2'
        and {{ json_is_object('procedimiento.element') }}
),

extracted as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        dialect,
        collection,
        path,
        {{ json_columns('texts', fields) }}
    from elements
),

-- What v2 tells of each procedure: contracts in two lists, one object for each other kind.
contracts as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        dialect,
        collection,
        contract.element as contract,
        '/tipoContratacion/' || (contract.position - 1) as path
    from records
    cross join {{ explode_json('records.record_v2', '$.tipoContratacion', 'contract') }}
    where system = 's2' and dialect = 'v2'
),

details as (
    {%- for name in ['contratacionAdquisicion', 'contratacionObra'] %}
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        dialect,
        collection,
        path || '/{{ name }}/datosGeneralesProcedimientos/' || (detail.position - 1) as path,
        1 as clave,
        {{ json_texts('detail.element', fields_v2) }} as texts
    from contracts
    {%- set list = '$.' ~ name ~ '.datosGeneralesProcedimientos' %}
    cross join {{ explode_json('contracts.contract', list, 'detail') }}
    union all
    {%- endfor %}
    {%- for place, clave in sections.items() %}
    {%- set node = '$.' ~ place | replace('/', '.') %}
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        dialect,
        collection,
        '/{{ place }}' as path,
        {{ clave }} as clave,
        {{ json_texts(json_node('record_v2', node), fields_v2) }} as texts
    from records
    where
        system = 's2'
        and dialect = 'v2'
        and {{ json_is_object('record_v2', node) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

detailed as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        dialect,
        collection,
        path,
        clave,
        {{ json_columns('texts', fields_v2) }}
    from details
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    path,
    clave,
    valor,
    dialect,
    collection,
    cast(null as varchar) as numero_expediente,
    cast(null as varchar) as modalidad,
    cast(null as varchar) as materia,
    cast(null as varchar) as descripcion,
    cast(null as date) as fecha_inicio,
    cast(null as date) as fecha_conclusion,
    cast(null as decimal(20, 2)) as monto,
    cast(null as varchar) as url
from extracted
union all
select
    slice_id,
    source_id,
    record_id,
    ordinal,
    path,
    cast(clave as varchar) as clave,
    cast(null as varchar) as valor,
    dialect,
    collection,
    numero_expediente,
    modalidad,
    materia,
    coalesce(descripcion, denominacion, objeto) as descripcion,
    {{ try_date('coalesce(fecha_inicio, vigencia_inicio)') }} as fecha_inicio,
    {{ try_date('coalesce(fecha_conclusion, vigencia_conclusion)') }} as fecha_conclusion,
    {{ try_decimal('monto') }} as monto,
    url
from detailed
