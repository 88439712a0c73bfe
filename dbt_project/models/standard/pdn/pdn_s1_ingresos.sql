{%- set lists = {
    'actividadIndustrialComercialEmpresarial': ('actividad_industrial_comercial_empresarial',
        'actividades'),
    'actividadFinanciera': ('actividad_financiera', 'actividades'),
    'serviciosProfesionales': ('servicios_profesionales', 'servicios'),
    'enajenacionBienes': ('enajenacion_bienes', 'bienes'),
    'otrosIngresos': ('otros_ingresos', 'ingresos'),
} -%}
{#- Amounts without lines: concept, and its name in each declaration. -#}
{%- set totals = {
    'cargo_publico': [
        'remuneracionMensualCargoPublico', 'remuneracionAnualCargoPublico',
            'remuneracionConclusionCargoPublico',
        'remuneracionNetaCargoPublico',
    ],
    'otros_ingresos_total': [
        'otrosIngresosMensualesTotal', 'otrosIngresosAnualesTotal', 'otrosIngresosConclusionTotal',
        'otrosIngresosTotal',
    ],
    'neto_declarante': [
        'ingresoMensualNetoDeclarante', 'ingresoAnualNetoDeclarante',
            'ingresoConclusionNetoDeclarante',
        'ingresoNetoAnualDeclarante',
    ],
} -%}
{%- set line = {
    'remuneracion': pdn_money(),
    'nombreRazonSocial': 'text',
    'tipoNegocio': 'text',
    'tipoInstrumento': pdn_coded(),
    'tipoServicio': 'text',
    'tipoBienEnajenado': 'text',
    'tipoIngreso': 'text',
} -%}
{%- set income = {} -%}
{%- for names in totals.values() -%}
    {%- for name in names -%}{%- do income.update({name: pdn_money()}) -%}{%- endfor -%}
{%- endfor -%}
{%- for name, (concept, items) in lists.items() -%}
    {%- do income.update({name: {'remuneracionTotal': pdn_money(), items: [line]}}) -%}
{%- endfor -%}
{%- set entries = [] -%}
{%- for concept, names in totals.items() -%}
    {%- for name in names -%}
        {%- do entries.append(struct_of({
            'concepto': "'" ~ concept ~ "'",
            'campo': "'" ~ name ~ "'",
            'total_path': "'/" ~ name ~ "'",
            'line_path': 'null::varchar',
            'total': 'income.' ~ name,
            'items': 'income.otrosIngresos.ingresos[:0]',
        })) -%}
    {%- endfor -%}
{%- endfor -%}
{%- for name, (concept, items) in lists.items() -%}
    {%- do entries.append(struct_of({
        'concepto': "'" ~ concept ~ "'",
        'campo': "'" ~ name ~ "'",
        'total_path': "'/" ~ name ~ "/remuneracionTotal'",
        'line_path': "'/" ~ name ~ '/' ~ items ~ "/'",
        'total': 'income.' ~ name ~ '.remuneracionTotal',
        'items': 'income.' ~ name ~ '.' ~ items,
    })) -%}
{%- endfor -%}
{%- set section_of = 'declaration.declaracion.situacionPatrimonial.' -%}
{%- set forms = list_of([
    struct_of({'seccion': "'ingresos'", 'income': section_of ~ 'ingresos'}),
    struct_of({'seccion': "'actividadAnualAnterior'",
        'income': section_of ~ 'actividadAnualAnterior'}),
]) -%}
{%- set shape = {
    'metadata': {'tipo': 'text'},
    'declaracion': {'situacionPatrimonial': {'ingresos': income, 'actividadAnualAnterior': income}},
} -%}
with declarations as (
    {{ pdn_s1_declarations(shape) }}
),

sections as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        {{ plain_text('declaration.metadata.tipo') }} as tipo,
        {{ unnested(forms, 'form', 'form_place') }}
    from declarations
),

concepts as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        tipo,
        seccion,
        {{ unnested(list_of(entries), 'entry', 'entry_place') }}
    from (
        select
            * exclude (form),
            form.seccion as seccion,
            form.income as income
        from sections
    ) as incomes
),

-- The first row of a concept is its total, those after it are its lines.
amounts as (
    select
        slice_id,
        source_id,
        record_id,
        ordinal,
        tipo,
        seccion,
        entry,
        {{ unnested(list_after_null('entry.items'), 'line', 'place') }}
    from concepts
)

select
    slice_id,
    source_id,
    record_id,
    ordinal,
    '/declaracion/situacionPatrimonial/' || seccion
    || case when place = 0 then entry.total_path else entry.line_path || (place - 1) end as path,
    seccion,
    case
        when seccion = 'actividadAnualAnterior' then 'anual'
        when entry.campo like '%Mensual%' or tipo = 'inicial' then 'mensual'
        when entry.campo like '%Conclusion%' or tipo = 'conclusion' then 'conclusion'
        else 'anual'
    end as periodo,
    entry.concepto as concepto,
    place > 0 as es_renglon,
    coalesce({{ filled('line.tipoInstrumento.clave') }},
        {{ filled('line.tipoBienEnajenado') }}) as tipo_clave,
    coalesce(
        {{ filled('line.tipoInstrumento.valor') }},
        {{ filled('line.tipoNegocio') }},
        {{ filled('line.tipoServicio') }},
        {{ filled('line.tipoIngreso') }}
    ) as tipo_valor,
    {{ filled('line.nombreRazonSocial') }} as nombre_razon_social,
    {{ try_decimal('case when place = 0 then entry.total.valor else line.remuneracion.valor end')
        }} as monto,
    case
        when place = 0 then {{ filled('entry.total.moneda') }}
        else {{ filled('line.remuneracion.moneda') }}
    end as moneda
from amounts
where place > 0 or entry.total.valor is not null
