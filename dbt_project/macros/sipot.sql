{#- Reading the sheets of SIPOT formats: main rows and rows of child tables. How a cell is read by
    its layout is in layouts.sql; what is here only these formats have: tables of a row. -#}

{#- The child tables, by what they hold: the constant `role` of their layouts in
    pipelines/standards/layouts/sipot.yaml. The main row's cell for table X is its field link_X. -#}
{% macro sipot_roles() -%}
    {{ return([
        'quotes', 'possible_bidders', 'bidders', 'attendees', 'officials', 'beneficiaries', 'works',
        'amendments', 'budget_items', 'provider', 'budget', 'contract',
    ]) }}
{%- endmacro %}

{#- Tables that name people the law keeps out of OCDS (docs/mapping/sipot.md): no cell of theirs is
    read, nothing of theirs may be told as a repair. -#}
{% macro sipot_withheld_roles() -%}
    ('attendees', 'officials', 'beneficiaries')
{%- endmacro %}

{#- Field of a main row -> what its text is: canonical ones that a format has, and four others. -#}
{% macro sipot_row_fields() -%}
    {%- set fields = {
        'record_id': 'text', 'fiscal_year': 'text', 'funding_detail': 'text', 'place': 'text'
    } -%}
    {%- for field, kind in contract_fields().items() if field in (
        'file_number', 'tender_description', 'procedure_type', 'contracting_type', 'scope',
        'exception_description', 'published_at', 'clarified_at', 'notice_url', 'funding_source',
        'institution_name', 'unit_name', 'rfc', 'supplier_name', 'supplier_given_names',
        'supplier_surname_1', 'supplier_surname_2', 'contract_number', 'description', 'amount',
        'net_amount', 'min_amount', 'max_amount', 'currency', 'exchange_rate', 'signed_at',
        'starts_at', 'ends_at', 'contract_url', 'updated_at',
    ) -%}
        {%- do fields.update({field: kind}) -%}
    {%- endfor -%}
    {{ return(fields) }}
{%- endmacro %}

{#- Null of a canonical column that no SIPOT format has. -#}
{% macro sipot_nothing(kind) -%}
    cast(null as {{ {
        'instant': 'timestamp',
        'money': 'decimal(20, 2)',
        'rate': 'decimal(20, 6)',
        'integer': 'integer',
        'boolean': 'boolean',
        'mark': 'boolean',
    }.get(kind, 'varchar') }})
{%- endmacro %}

{#- Names of the fields that hold a main row's keys of child tables: link_<role>. -#}
{% macro sipot_links() -%}
    {%- set links = [] -%}
    {%- for role in sipot_roles() -%}
        {%- do links.append('link_' ~ role) -%}
    {%- endfor -%}
    {{ return(links) }}
{%- endmacro %}

{#- Field of a row of a child table -> what its text is. -#}
{% macro sipot_child_fields() -%}
    {{ return({
        'role': 'text',
        'parent_key': 'text',
        'supplier_name': 'text',
        'supplier_given_names': 'text',
        'supplier_surname_1': 'text',
        'supplier_surname_2': 'text',
        'rfc': 'rfc',
        'amount': 'money',
        'paid_amount': 'money',
        'place': 'text',
        'budget_items': 'text',
        'amendment_id': 'text',
        'amendment_at': 'instant',
        'amendment_url': 'text',
        'procedure_type': 'text',
        'law': 'text',
        'exception_description': 'text',
        'contract_number': 'text',
        'description': 'text',
        'contract_url': 'text',
        'signed_at': 'instant',
        'starts_at': 'instant',
        'ends_at': 'instant',
    }) }}
{%- endmacro %}

{#- CTEs from `published_records` (landed.sipot) and `shapes` to `readings`: the columns of
    `published_cells` (places and cells first of `fields`, then of `keys`, which are only compared),
    is_duplicate and package of the record, the fields, repairs and unreadable_columns. Duplicates
    are read too: a row of a child table that equals one of another file still gives its values to
    its own main row. -#}
{% macro sipot_reading_ctes(fields, row_type, keys=[]) -%}
landed as (
    select * replace (false as is_duplicate)
    from published_records
),

{{ published_cells((fields.keys() | list) + keys, row_type) }},

texts as (
    select
        *,
        {%- for field in fields %}
        nullif({{ cell_at(loop.index) }}, '') as {{ field }}_published,
        {{ clean_text(cell_at(loop.index)) }} as {{ field }}_text
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from cells
),

fields_read as (
    select
        *,
        {%- for field, kind in fields.items() %}
        {{ read_text(kind, field ~ '_text') }} as {{ field }}
        {%- if not loop.last %},{% endif %}
        {%- endfor %}
    from texts
),

told_readings as (
    select
        *,
        concat_ws(
            ',',
            {{ joined_texts([text_repairs_read()]) }}
            {%- for field, kind in fields.items() %},
            {{ repair_of(
                kind, field ~ '_published', field ~ '_text', field, header_at(loop.index)
            ) }}
            {%- endfor %}
        ) as repair_elements,
        nullif(
            concat_ws(
                ','
                {%- for field, kind in fields.items() if kind not in ('text', 'rfc') %},
                {{ unreadable_name(field ~ '_text', field, "'" ~ field ~ "'") }}
                {%- endfor %}
            ),
            ''
        ) as unreadable_columns
    from fields_read
),

readings as (
    select
        told_readings.*,
        published_records.is_duplicate,
        published_records.package,
        '[' || nullif(told_readings.repair_elements, '') || ']' as repairs
    from told_readings
    inner join published_records
        on
            told_readings.slice_id
            = published_records.source_id || '@' || published_records.generation
            and told_readings.ordinal = published_records.ordinal
)
{%- endmacro %}

{#- Number of a child table, from the name of its sheet or the end of a header: Tabla_334271. -#}
{% macro sipot_table_number(expression) -%}
    nullif(regexp_extract({{ expression }}, '(?i)tabla[ _]?(\d+)\)?$', 1), '')
{%- endmacro %}

{#- Role of a table by the number it has in the national formats 43335 and 43336. -#}
{% macro sipot_national_role(number) -%}
    case {{ number }}
        when '334271' then 'quotes'
        when '334255' then 'works'
        when '334268' then 'amendments'
        when '334277' then 'possible_bidders'
        when '334306' then 'bidders'
        when '334307' then 'attendees'
        when '334308' then 'officials'
        when '334309' then 'budget_items'
        when '334310' then 'amendments'
    end
{%- endmacro %}

{#- A key as it is compared: spreadsheets write 15 as 15.0. -#}
{% macro sipot_key(expression) -%}
    nullif(regexp_replace(trim({{ expression }}), '^(\d+)\.0+$', '\1'), '')
{%- endmacro %}

{#- Name of whom a row means: the company's, else the natural person's in its three parts. Many type
    that it is a natural person where the company's name goes. -#}
{% macro sipot_name() -%}
    coalesce(
        case
            when not regexp_matches({{ plain_text('supplier_name') }}, '^personas? fisicas?\b')
                then supplier_name
        end,
        nullif(
            concat_ws(' ', supplier_given_names, supplier_surname_1, supplier_surname_2), ''
        )
    )
{%- endmacro %}

{#- A repair element with the ordinal of its source record in it. -#}
{% macro sipot_placed_repair(element, ordinal) -%}
    left({{ element }}, length({{ element }}) - 1) || ',"ordinal":' || {{ ordinal }} || '}'
{%- endmacro %}

{#- JSON array text of the cells of a main row that point to child tables: role, header, and where
    there are any table_number and key. `first`: place of the first of sipot_links() in `cells`. -#}
{% macro sipot_pointers(first) -%}
    '[' || concat_ws(
        ','
        {%- for role in sipot_roles() %}
        {%- set place = first + loop.index0 %},
        case
            when {{ header_at(place) }} is not null
                then {{ json_object_of({
                    'role': json_string("'" ~ role ~ "'"),
                    'table_number': json_string(sipot_table_number(header_at(place))),
                    'header': json_string(header_at(place)),
                    'key': json_string(sipot_key(cell_at(place))),
                }) }}
        end
        {%- endfor %}
    ) || ']'
{%- endmacro %}

{#- Query: rows of `relation` that a later file replaces, with the ordinal of the row that stands
    for them (carrier_ordinal). Rows are the same thing issued again where all `keys` are equal and
    none is null; those stand that are in the file with the latest date of update. Rows without such
    a date, and rows beside each other in one file, replace nothing. -#}
{% macro sipot_latest_issue(relation, keys) -%}
    select
        slice_id,
        ordinal,
        carrier_ordinal
    from (
        select
            slice_id,
            ordinal,
            issued_at,
            max(issued_at) over (partition by {{ keys | join(', ') }}) as latest_at,
            -- Of several rows of the latest file the first.
            first_value(ordinal) over (
                partition by {{ keys | join(', ') }} order by issued_at desc nulls last, ordinal
            ) as carrier_ordinal
        from (
            select
                *,
                max(updated_at) over (
                    partition by {{ keys | join(', ') }}, raw_sha256, page
                ) as issued_at
            from {{ relation }}
            where
                {%- for key in keys %}
                {{ key }} is not null{{ ' and' if not loop.last }}
                {%- endfor %}
        ) as issues
    ) as latest_issues
    where issued_at < latest_at
{%- endmacro %}
