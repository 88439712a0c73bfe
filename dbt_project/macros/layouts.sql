{#- Rows of tabular sources read by their layout: from `landed.shapes` (which header stands for
    which field, made by pipelines/publication/scratch.py) to the canonical columns of every
    model stg_<family>__contracts. A new layout is a YAML entry, never SQL. What is read from a
    cell, by the kind of its field, is in readings.sql. -#}

{#- Canonical field -> what its text is (text, instant, money, integer, rate, boolean, mark,
    rfc, currency): the fields a layout may name. The same mapping is CONTRACT_FIELDS of
    pipelines/standards/layouts/recognise.py; a test holds the two equal. -#}
{% macro contract_fields() -%}
    {{ return({
        'procedure_number': 'text',
        'file_number': 'text',
        'title': 'text',
        'tender_description': 'text',
        'procedure_type': 'text',
        'contracting_type': 'text',
        'scope': 'text',
        'participation': 'text',
        'law': 'text',
        'exception_article': 'text',
        'exception_description': 'text',
        'published_at': 'instant',
        'clarified_at': 'instant',
        'opened_at': 'instant',
        'awarded_at': 'instant',
        'budget_amount': 'money',
        'number_of_tenderers': 'integer',
        'notice_url': 'text',
        'funding_source': 'text',
        'budget_items': 'text',
        'is_consolidated': 'boolean',
        'is_framework': 'mark',
        'is_multiyear': 'boolean',
        'government_level': 'text',
        'institution_id': 'text',
        'institution_name': 'text',
        'unit_id': 'text',
        'unit_name': 'text',
        'rfc': 'rfc',
        'supplier_name': 'text',
        'supplier_given_names': 'text',
        'supplier_surname_1': 'text',
        'supplier_surname_2': 'text',
        'supplier_size': 'text',
        'supplier_country': 'text',
        'has_contract': 'boolean',
        'contract_number': 'text',
        'contract_title': 'text',
        'description': 'text',
        'contract_status': 'text',
        'amount': 'money',
        'net_amount': 'money',
        'min_amount': 'money',
        'max_amount': 'money',
        'currency': 'currency',
        'exchange_rate': 'rate',
        'signed_at': 'instant',
        'starts_at': 'instant',
        'ends_at': 'instant',
        'contract_url': 'text',
        'final_amount': 'money',
        'finished_at': 'instant',
        'updated_at': 'instant',
    }) }}
{%- endmacro %}

{#- List field -> member -> what its text is; LIST_FIELDS of recognise.py. -#}
{% macro contract_lists() -%}
    {{ return({
        'bidders': {'name': 'text', 'rfc': 'rfc', 'amount': 'money'},
        'amendments': {'id': 'text', 'description': 'text', 'date': 'instant', 'url': 'text'},
        'related_places': {
            'id': 'text',
            'name': 'text',
            'description': 'text',
            'state': 'text',
            'municipality': 'text',
            'locality': 'text',
            'address': 'text',
            'postal_code': 'text',
            'latitude': 'text',
            'longitude': 'text',
        },
    }) }}
{%- endmacro %}

{#- Columns of every stg_<family>__contracts, in order. -#}
{% macro contract_columns() -%}
    {%- set composed = ['supplier_given_names', 'supplier_surname_1', 'supplier_surname_2'] -%}
    {%- set columns = ['slice_id', 'source_id', 'ordinal', 'layout'] -%}
    {%- for field in contract_fields() if field not in composed -%}
        {%- do columns.append(field) -%}
    {%- endfor -%}
    {%- do columns.extend(contract_lists()) -%}
    {{ return(columns + [
        'repairs', 'unreadable_columns', 'record', 'record_sha256', 'raw_sha256', 'page',
        'position', 'unusable_reason',
    ]) }}
{%- endmacro %}

{#- CTEs from `landed` (a family's records) and `shapes` to `contract_rows`, which has
    contract_columns(): one row for each landed row that is no duplicate and stands for a
    contract or a procedure, or whose layout is unknown. -#}
{% macro contract_row_ctes() -%}
    {%- set fields = contract_fields() -%}
{{ published_cells(fields, 'contract') }},

{{ field_reading_ctes(fields) }},

told as (
    select
        * exclude (members, field_repairs, unreadable_fields),
        {{ read_members('members') }} as members,
        field_repairs,
        unreadable_fields,
        {{ place_of(fields, 'net_amount') }} = {{ place_of(fields, 'amount') }} as is_amount_net
    from readings
),

contract_rows as (
    select
        {%- for column in contract_columns() %}
        {%- if column == 'supplier_name' %}
        -- A natural person may stand in three cells.
        coalesce(
            supplier_name,
            nullif(
                concat_ws(' ', supplier_given_names, supplier_surname_1, supplier_surname_2), ''
            )
        ) as supplier_name,
        {%- elif column == 'has_contract' %}
        coalesce(
            has_contract,
            coalesce(contract_number, contract_url) is not null
            or coalesce(amount, max_amount) is not null
            or signed_at is not null
        ) as has_contract,
        {%- elif column == 'net_amount' %}
        -- One published amount may have to stand for both: then it is only the amount.
        case when not coalesce(is_amount_net, false) then net_amount end as net_amount,
        {%- elif column in contract_lists() %}
        {{ nested_members(column) }} as {{ column }},
        {%- elif column == 'repairs' %}
        {{ json_array_of([text_repairs_read(), 'field_repairs', told_of_members('repair')]) }}
            as repairs,
        {%- elif column == 'unreadable_columns' %}
        {{ joined_texts(['unreadable_fields', told_of_members('unreadable', distinct=true)]) }}
            as unreadable_columns,
        {%- elif column == 'unusable_reason' %}
        case
            when layout is null then 'unknown_layout'
            when coalesce(procedure_number, file_number, contract_number) is null
                then 'no_procedure_number'
        end as unusable_reason
        {%- else %}
        {{ column }},
        {%- endif %}
        {%- endfor %}
    from told
)
{%- endmacro %}

{#- Reading cells by shape --------------------------------------------------------------------- -#}

{#- CTEs from `landed` and `shapes` to `cells`: slice_id, source_id, ordinal, collection,
    layout, record, record_sha256, raw_sha256, page, position, text_repairs, keys (the headers),
    places (for each of `fields` the position of its header in keys; 0 where there is none,
    beyond keys for a constant), cells (for each the published text) and members (the cells of
    list fields as structs of field, number, member, header and published). Rows of `row_type`
    and those whose layout is unknown. -#}
{% macro published_cells(fields, row_type) -%}
    {{ return(adapter.dispatch('published_cells')(fields, row_type)) }}
{%- endmacro %}
{#- All rows of a shape have the same keys in the same order, so a cell is an index into the
    list of values: 1.5 s for 100,000 rows of 45 columns, where a map of each row takes 4.9 s.
    -#}
{% macro default__published_cells(fields, row_type) -%}
shape_places as (
    select
        slice_id,
        collection,
        keys,
        layout,
        [
            {%- for field in fields %}
            coalesce(fields['{{ field }}'], [0]){% if not loop.last %},{% endif %}
            {%- endfor %}
        ] as preferences,
        [
            {%- for field in fields %}
            coalesce(fields['{{ field }}'][1], 0){% if not loop.last %},{% endif %}
            {%- endfor %}
        ] as first_places,
        len(list_filter(map_values(fields), lambda found: len(found) > 1)) > 0 as has_choice,
        constants,
        lists,
        texts,
        cardinality(texts) > 0 as has_texts
    from shapes
    where
        row_type = '{{ row_type }}'
        or row_type is null
),

published as (
    select
        source_id || '@' || generation as slice_id,
        source_id,
        ordinal,
        collection,
        record,
        record_sha256,
        raw_sha256,
        page,
        position,
        text_repairs,
        json_keys(record) as keys,
        json_extract_string(record, '$.*') as published_values
    from landed
    where not is_duplicate
),

-- A constant of the layout is one cell more.
widened as (
    select
        published.* exclude (published_values),
        shape_places.layout,
        shape_places.preferences,
        shape_places.first_places,
        shape_places.has_choice,
        shape_places.lists,
        shape_places.texts,
        shape_places.has_texts,
        list_concat(published.published_values, shape_places.constants) as all_values
    from published
    inner join shape_places
        on
            published.slice_id = shape_places.slice_id
            and published.collection = shape_places.collection
            and published.keys = shape_places.keys
),

placed as (
    select
        * exclude (preferences, first_places, has_choice, lists),
        case
            when has_choice
                then list_transform(
                    preferences,
                    lambda found: case
                        when len(found) = 1 then found[1]
                        else coalesce(
                            list_filter(found, lambda place: trim(all_values[place]) <> '')[1],
                            found[1]
                        )
                    end
                )
            else first_places
        end as places,
        list_transform(
            lists,
            lambda member: {
                'field': member.field,
                'number': member.number,
                'member': member.member,
                'header': keys[member.position],
                'published': nullif(all_values[member.position], '')
            }
        ) as members
    from widened
),

picked as (
    select
        * exclude (all_values),
        list_select(all_values, places) as picked_cells
    from placed
),

cells as (
    select
        * exclude (picked_cells, texts, has_texts),
        case
            when has_texts
                then list_transform(
                    picked_cells,
                    lambda cell, place: coalesce(
                        texts[
                            ['{{ fields | join("', '") }}'][place]
                            || ':'
                            || {{ plain_label('cell') }}
                        ],
                        cell
                    )
                )
            else picked_cells
        end as cells
    from picked
)
{%- endmacro %}

{#- CTEs from `cells` to `readings`: its columns but cells, a column for each of `fields` (mapping
    field -> kind), field_repairs (list of elements of `repairs`) and unreadable_fields (list of
    names). A field at a time would be half a megabyte of SQL, which takes longer to plan than
    thousands of rows to read: all fields of a kind are one list. -#}
{% macro field_reading_ctes(fields) -%}
    {{ return(adapter.dispatch('field_reading_ctes')(fields)) }}
{%- endmacro %}
{% macro default__field_reading_ctes(fields) -%}
    {%- set positions = {} -%}
    {%- for field, kind in fields.items() -%}
        {%- do positions.setdefault(kind, []).append(loop.index) -%}
    {%- endfor -%}
    {%- set names = fields.keys() | list -%}
cleaned as (
    select
        *,
        list_transform(cells, lambda cell: {{ clean_text('cell') }}) as texts
    from cells
),

typed as (
    select
        *
        {%- for kind, places_of_kind in positions.items() %},
        list_transform(
            list_select(texts, {{ places_of_kind }}), lambda text: {{ read_text(kind, 'text') }}
        ) as {{ kind }}_values
        {%- endfor %}
    from cleaned
),

readings as (
    select
        * exclude (
            cells,
            texts
            {%- for kind in positions %},
            {{ kind }}_values
            {%- endfor %}
        ),
        {%- for field, kind in fields.items() %}
        {{ kind }}_values[{{ positions[kind].index(loop.index) + 1 }}] as {{ field }},
        {%- endfor %}
        list_concat(
            {%- for kind, places_of_kind in positions.items() %}
            {{ repairs_of_kind(kind, places_of_kind) }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ) as field_repairs,
        list_concat(
            {%- for kind, places_of_kind in positions.items() if kind not in ('text', 'rfc') %}
            {{ unreadable_of_kind(kind, places_of_kind, names) }}{% if not loop.last %},{% endif %}
            {%- endfor %}
        ) as unreadable_fields
    from typed
)
{%- endmacro %}

{#- List of the elements of `repairs` for the fields of a kind, by field_reading_ctes. Two fields
    may read one cell: its repair is told once. -#}
{% macro repairs_of_kind(kind, positions) -%}
    list_transform(
        list_filter(
            list_zip(
                list_select(cells, {{ positions }}),
                list_select(texts, {{ positions }}),
                {{ kind }}_values,
                {{ positions }}
            ),
            lambda found: found[1] <> ''
            {%- if kind in ('text', 'rfc') %} and found[1] is distinct from found[3]{% endif %}
            and not list_contains(places[:found[4] - 1], places[found[4]])
        ),
        lambda found: {{ repair_of(
            kind, 'found[1]', 'found[2]', 'found[3]', 'keys[places[found[4]]]'
        ) }}
    )
{%- endmacro %}

{#- List of the names of the fields of a kind whose text could not be read. -#}
{% macro unreadable_of_kind(kind, positions, names) -%}
    list_transform(
        list_filter(
            list_zip(list_select(texts, {{ positions }}), {{ kind }}_values, {{ positions }}),
            lambda found: found[1] is not null and found[2] is null
        ),
        lambda found: {{ unreadable_name(
            'found[1]', 'found[2]', "['" ~ names | join("', '") ~ "'][found[3]]"
        ) }}
    )
{%- endmacro %}

{#- JSON array text of lists of JSON texts, one behind the other; null when there is none. -#}
{% macro json_array_of(lists) -%}
    '[' || {{ joined_texts(lists) }} || ']'
{%- endmacro %}

{#- Texts of lists, one behind the other, joined by commas; null when there is none. -#}
{% macro joined_texts(lists) -%}
    {{ return(adapter.dispatch('joined_texts')(lists)) }}
{%- endmacro %}
{% macro default__joined_texts(lists) -%}
    nullif(array_to_string(list_concat({{ lists | join(', ') }}), ','), '')
{%- endmacro %}

{#- Published text of the field at a position, from 1, of the mapping that published_cells was
    given. -#}
{% macro cell_at(position) -%}
    {{ return(adapter.dispatch('cell_at')(position)) }}
{%- endmacro %}
{% macro default__cell_at(position) -%}
    cells[{{ position }}]
{%- endmacro %}

{#- The header its cell stands below; null where there is none. -#}
{% macro header_at(position) -%}
    {{ return(adapter.dispatch('header_at')(position)) }}
{%- endmacro %}
{% macro default__header_at(position) -%}
    keys[places[{{ position }}]]
{%- endmacro %}

{#- Which cell a field is read from. -#}
{% macro place_of(fields, field) -%}
    {{ return(adapter.dispatch('place_of')(fields, field)) }}
{%- endmacro %}
{% macro default__place_of(fields, field) -%}
    places[{{ position_of(fields, field) }}]
{%- endmacro %}

{#- Position, from 1, of a name in a mapping. -#}
{% macro position_of(mapping, name) -%}
    {{ (mapping.keys() | list).index(name) + 1 }}
{%- endmacro %}

{#- Lists -------------------------------------------------------------------------------------- -#}

{#- A list of `members` of published_cells with what is read from them: structs of field,
    number, member, header, value (JSON text), repair (element of `repairs`) and unreadable (a
    name); only those with a text. -#}
{% macro read_members(members) -%}
    {{ return(adapter.dispatch('read_members')(members)) }}
{%- endmacro %}
{% macro default__read_members(members) -%}
    list_transform(
        list_transform(
            list_transform(
                list_filter({{ members }}, lambda cell: cell.published is not null),
                lambda cell: {
                    'cell': cell,
                    'text': {{ clean_text('cell.published') }},
                    'kind': case cell.field || '.' || cell.member
                        {%- for field, member, kind in list_kinds() if kind != 'text' %}
                        when '{{ field }}.{{ member }}' then '{{ kind }}'
                        {%- endfor %}
                        else 'text'
                    end
                }
            ),
            lambda found: {
                'cell': found.cell,
                'text': found.text,
                'kind': found.kind,
                {%- for kind in list_kinds() | map(attribute=2) | unique %}
                '{{ kind }}_value': case
                    when found.kind = '{{ kind }}' then {{ read_text(kind, 'found.text') }}
                end
                {%- if not loop.last %},{% endif %}
                {%- endfor %}
            }
        ),
        lambda found: {
            'field': found.cell.field,
            'number': found.cell.number,
            'member': found.cell.member,
            'header': found.cell.header,
            'value': case found.kind
                {%- for kind in list_kinds() | map(attribute=2) | unique %}
                when '{{ kind }}' then {{ value_as_json(kind, 'found.' ~ kind ~ '_value') }}
                {%- endfor %}
            end,
            'repair': case found.kind
                {%- for kind in list_kinds() | map(attribute=2) | unique %}
                when '{{ kind }}' then {{ repair_of(
                    kind,
                    'found.cell.published',
                    'found.text',
                    'found.' ~ kind ~ '_value',
                    'found.cell.header',
                ) }}
                {%- endfor %}
            end,
            'unreadable': case found.kind
                {%- for kind in list_kinds() | map(attribute=2) | unique
                    if kind not in ('text', 'rfc') %}
                when '{{ kind }}' then {{ unreadable_name(
                    'found.text',
                    'found.' ~ kind ~ '_value',
                    "found.cell.field || '.' || found.cell.member",
                ) }}
                {%- endfor %}
            end
        }
    )
{%- endmacro %}

{#- (field, member, kind) of every list field. -#}
{% macro list_kinds() -%}
    {%- set kinds = [] -%}
    {%- for field, members in contract_lists().items() -%}
        {%- for member, kind in members.items() -%}
            {%- do kinds.append((field, member, kind)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(kinds) }}
{%- endmacro %}

{#- List of what is told of all members, in their order. -#}
{% macro told_of_members(property, distinct=false) -%}
    {{ return(adapter.dispatch('told_of_members')(property, distinct)) }}
{%- endmacro %}
{% macro default__told_of_members(property, distinct) -%}
    {%- set told = 'list_transform(members, lambda member: member.' ~ property ~ ')' -%}
    {{ 'list_sort(list_distinct(' ~ told ~ '))' if distinct else told }}
{%- endmacro %}

{#- JSON array text of the elements of a list field in their order; null for none. An element
    without any value is left out. -#}
{% macro nested_members(field) -%}
    {{ return(adapter.dispatch('nested_members')(field)) }}
{%- endmacro %}
{% macro default__nested_members(field) -%}
    '[' || nullif(
        array_to_string(
            list_transform(
                list_sort(
                    list_distinct(
                        list_transform(
                            list_filter(
                                members,
                                lambda member: member.field = '{{ field }}'
                                and member.value is not null
                            ),
                            lambda member: member.number
                        )
                    )
                ),
                lambda number: '{' || array_to_string(
                    list_transform(
                        list_filter(
                            members,
                            lambda member: member.field = '{{ field }}'
                            and member.number = number
                            and member.value is not null
                        ),
                        lambda member: '"' || member.member || '":' || member.value
                    ),
                    ','
                ) || '}'
            ),
            ','
        ),
        ''
    ) || ']'
{%- endmacro %}
