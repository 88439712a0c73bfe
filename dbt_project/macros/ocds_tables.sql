{#- The relational form of compiled releases: which members are read (the shape), and how objects
    become rows with their place. The names are those of OCDS 1.1.5, of the EDCA extensions and of
    four extensions that publishers use beside them: bids, lots, participation fees and the
    classification of a tender. What stands outside the shape isn't lost: it is told in
    `additional_fields` of the row it belongs to (int_ocds_additional). Columns and their meaning
    stand in models/standard/ocds, engine access in engine.sql. -#}

{#- Shapes of the standard's building blocks: member -> none (a text, number or boolean), a shape
    (an object), a list of one shape, or a list of none. 'json' keeps what it is. -#}
{% macro ocds_value_shape() -%}
    {{ return({
        'amount': none,
        'currency': none,
        'netAmount': none,
        'exchangeRates': [{'rate': none, 'currency': none, 'date': none, 'source': none}],
    }) }}
{%- endmacro %}
{% macro ocds_period_shape() -%}
    {{ return({
        'startDate': none, 'endDate': none, 'maxExtentDate': none, 'durationInDays': none,
    }) }}
{%- endmacro %}
{% macro ocds_reference_shape() -%}
    {{ return({'id': none, 'name': none}) }}
{%- endmacro %}
{% macro ocds_identifier_shape() -%}
    {{ return({
        'scheme': none,
        'id': none,
        'legalName': none,
        'uri': none,
        'legalPersonality': none,
        'givenName': none,
        'patronymicName': none,
        'matronymicName': none,
    }) }}
{%- endmacro %}
{% macro ocds_classification_shape() -%}
    {{ return({'scheme': none, 'id': none, 'description': none, 'uri': none}) }}
{%- endmacro %}
{% macro ocds_address_shape() -%}
    {{ return({
        'streetAddress': none,
        'locality': none,
        'region': none,
        'postalCode': none,
        'countryName': none,
        'description': none,
    }) }}
{%- endmacro %}
{% macro ocds_location_shape() -%}
    {{ return({
        'description': none,
        'geometry': {'type': none, 'coordinates': 'json'},
        'gazetteer': {'scheme': none, 'identifiers': [none]},
        'uri': none,
    }) }}
{%- endmacro %}
{% macro ocds_document_shape() -%}
    {{ return({
        'id': none,
        'documentType': none,
        'title': none,
        'description': none,
        'url': none,
        'datePublished': none,
        'dateModified': none,
        'format': none,
        'language': none,
    }) }}
{%- endmacro %}
{% macro ocds_milestone_shape() -%}
    {{ return({
        'id': none,
        'title': none,
        'type': none,
        'description': none,
        'code': none,
        'dueDate': none,
        'dateMet': none,
        'dateModified': none,
        'status': none,
        'documents': [ocds_document_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_amendment_shape() -%}
    {{ return({
        'id': none,
        'date': none,
        'rationale': none,
        'description': none,
        'amendsReleaseID': none,
        'releaseID': none,
        'changes': [{'property': none, 'former_value': 'json'}],
    }) }}
{%- endmacro %}
{% macro ocds_related_process_shape() -%}
    {{ return({
        'id': none,
        'relationship': [none],
        'title': none,
        'scheme': none,
        'identifier': none,
        'uri': none,
    }) }}
{%- endmacro %}
{% macro ocds_item_shape() -%}
    {{ return({
        'id': none,
        'description': none,
        'classification': ocds_classification_shape(),
        'additionalClassifications': [ocds_classification_shape()],
        'quantity': none,
        'unit': {
            'scheme': none,
            'id': none,
            'name': none,
            'uri': none,
            'value': ocds_value_shape(),
        },
        'deliveryLocation': ocds_location_shape(),
        'deliveryLocations': [ocds_location_shape()],
        'deliveryAddress': ocds_address_shape(),
        'deliveryAddresses': [ocds_address_shape()],
        'relatedLot': none,
    }) }}
{%- endmacro %}
{% macro ocds_breakdown_shape() -%}
    {{ return({
        'id': none,
        'description': none,
        'amount': ocds_value_shape(),
        'uri': none,
        'period': ocds_period_shape(),
        'sourceParty': ocds_reference_shape(),
        'budgetLines': [{
            'id': none,
            'components': [{'name': none, 'level': none, 'code': none, 'description': none}],
            'measures': [{'id': none, 'value': ocds_value_shape(), 'update': none}],
        }],
    }) }}
{%- endmacro %}

{#- Shapes of the sections of a release. -#}
{% macro ocds_party_shape() -%}
    {{ return({
        'id': none,
        'name': none,
        'identifier': ocds_identifier_shape(),
        'additionalIdentifiers': [ocds_identifier_shape()],
        'address': ocds_address_shape(),
        'roles': [none],
        'details': 'json',
        'position': none,
        'memberOf': [ocds_reference_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_quotes_request_shape() -%}
    {{ return({
        'id': none,
        'title': none,
        'description': none,
        'period': ocds_period_shape(),
        'items': [ocds_item_shape()],
        'invitedSuppliers': [ocds_reference_shape()],
        'quotes': [ocds_quote_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_quote_shape() -%}
    {{ return({
        'id': none,
        'description': none,
        'date': none,
        'items': [ocds_item_shape()],
        'value': ocds_value_shape(),
        'period': ocds_period_shape(),
        'issuingSupplier': ocds_reference_shape(),
    }) }}
{%- endmacro %}
{% macro ocds_planning_shape() -%}
    {{ return({
        'rationale': none,
        'hasQuotes': none,
        'budget': {
            'id': none,
            'description': none,
            'amount': ocds_value_shape(),
            'project': none,
            'projectID': none,
            'uri': none,
            'source': none,
            'budgetBreakdown': [ocds_breakdown_shape()],
        },
        'budgetBreakdown': [ocds_breakdown_shape()],
        'requestsForQuotes': [ocds_quotes_request_shape()],
        'documents': [ocds_document_shape()],
        'milestones': [ocds_milestone_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_lot_shape() -%}
    {{ return({
        'id': none,
        'title': none,
        'description': none,
        'status': none,
        'value': ocds_value_shape(),
    }) }}
{%- endmacro %}
{% macro ocds_meeting_shape() -%}
    {{ return({
        'id': none,
        'date': none,
        'attendees': [ocds_reference_shape()],
        'officials': [ocds_reference_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_fee_shape() -%}
    {{ return({
        'id': none,
        'type': none,
        'description': none,
        'date': none,
        'value': ocds_value_shape(),
        'address': ocds_address_shape(),
        'methodOfPayment': [none],
    }) }}
{%- endmacro %}
{% macro ocds_tender_shape() -%}
    {{ return({
        'id': none,
        'title': none,
        'description': none,
        'status': none,
        'procuringEntity': ocds_reference_shape(),
        'value': ocds_value_shape(),
        'minValue': ocds_value_shape(),
        'procurementMethod': none,
        'procurementMethodDetails': none,
        'procurementMethodRationale': none,
        'mainProcurementCategory': none,
        'additionalProcurementCategories': [none],
        'awardCriteria': none,
        'awardCriteriaDetails': none,
        'submissionMethod': [none],
        'submissionMethodDetails': none,
        'tenderPeriod': ocds_period_shape(),
        'enquiryPeriod': ocds_period_shape(),
        'hasEnquiries': none,
        'eligibilityCriteria': none,
        'awardPeriod': ocds_period_shape(),
        'contractPeriod': ocds_period_shape(),
        'numberOfTenderers': none,
        'classification': ocds_classification_shape(),
        'tenderers': [ocds_reference_shape()],
        'items': [ocds_item_shape()],
        'lots': [ocds_lot_shape()],
        'documents': [ocds_document_shape()],
        'milestones': [ocds_milestone_shape()],
        'amendments': [ocds_amendment_shape()],
        'amendment': ocds_amendment_shape(),
        'clarificationMeetings': [ocds_meeting_shape()],
        'participationFees': [ocds_fee_shape()],
        'deliveryLocations': [ocds_location_shape()],
        'deliveryAddresses': [ocds_address_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_bid_shape() -%}
    {{ return({
        'id': none,
        'date': none,
        'status': none,
        'value': ocds_value_shape(),
        'tenderers': [ocds_reference_shape()],
        'relatedLots': [none],
        'documents': [ocds_document_shape()],
    }) }}
{%- endmacro %}
{% macro ocds_award_shape() -%}
    {{ return({
        'id': none,
        'title': none,
        'description': none,
        'rationale': none,
        'status': none,
        'date': none,
        'value': ocds_value_shape(),
        'contractPeriod': ocds_period_shape(),
        'suppliers': [ocds_reference_shape()],
        'relatedLots': [none],
        'items': [ocds_item_shape()],
        'documents': [ocds_document_shape()],
        'amendments': [ocds_amendment_shape()],
        'amendment': ocds_amendment_shape(),
    }) }}
{%- endmacro %}
{% macro ocds_guarantee_shape() -%}
    {{ return({
        'id': none,
        'type': none,
        'date': none,
        'obligations': none,
        'value': ocds_value_shape(),
        'guarantor': ocds_reference_shape(),
        'period': ocds_period_shape(),
    }) }}
{%- endmacro %}
{#- The last three members are those of OCDS 1.0. -#}
{% macro ocds_transaction_shape() -%}
    {{ return({
        'id': none,
        'source': none,
        'date': none,
        'value': ocds_value_shape(),
        'payer': ocds_reference_shape(),
        'payee': ocds_reference_shape(),
        'paymentMethod': none,
        'uri': none,
        'amount': ocds_value_shape(),
        'providerOrganization': {'scheme': none, 'id': none, 'legalName': none},
        'receiverOrganization': {'scheme': none, 'id': none, 'legalName': none},
    }) }}
{%- endmacro %}
{% macro ocds_contract_shape() -%}
    {{ return({
        'id': none,
        'awardID': none,
        'title': none,
        'description': none,
        'status': none,
        'dateSigned': none,
        'value': ocds_value_shape(),
        'period': ocds_period_shape(),
        'surveillanceMechanisms': [none],
        'items': [ocds_item_shape()],
        'documents': [ocds_document_shape()],
        'milestones': [ocds_milestone_shape()],
        'amendments': [ocds_amendment_shape()],
        'amendment': ocds_amendment_shape(),
        'guarantees': [ocds_guarantee_shape()],
        'relatedProcesses': [ocds_related_process_shape()],
        'implementation': {
            'status': none,
            'transactions': [ocds_transaction_shape()],
            'milestones': [ocds_milestone_shape()],
            'documents': [ocds_document_shape()],
            'budgetBreakdown': [ocds_breakdown_shape()],
        },
    }) }}
{%- endmacro %}

{#- The whole release. -#}
{% macro ocds_release_shape() -%}
    {{ return({
        'ocid': none,
        'id': none,
        'date': none,
        'tag': [none],
        'initiationType': none,
        'language': none,
        'buyer': ocds_reference_shape(),
        'parties': [ocds_party_shape()],
        'planning': ocds_planning_shape(),
        'tender': ocds_tender_shape(),
        'bids': {'details': [ocds_bid_shape()]},
        'awards': [ocds_award_shape()],
        'contracts': [ocds_contract_shape()],
        'relatedProcesses': [ocds_related_process_shape()],
    }) }}
{%- endmacro %}

{#- Shape of the member at a dotted path of a shape; lists are stepped into. -#}
{% macro ocds_shape_at(shape, dotted) -%}
    {%- set found = namespace(shape=shape) -%}
    {%- for step in dotted.replace('[]', '').split('.') -%}
        {%- set found.shape = found.shape[step] -%}
        {%- set is_one = found.shape is none or found.shape is mapping or found.shape is string -%}
        {%- set found.shape = found.shape if is_one else found.shape[0] -%}
    {%- endfor -%}
    {{ return(found.shape) }}
{%- endmacro %}

{#- Query: the objects at `places` of int_ocds_sections as slice_id, source_id, ocid, stage, path
    (JSON pointer), parent_id, holder_id, element (struct) and the columns of `with_columns`. A
    place is (stage, dotted path): each [] of the path steps into a list, `contracts[].items[]`.
    parent_id is the id of the outermost object of a list above the element (an award's, a
    contract's, a request's for quotes), holder_id that of the innermost one. -#}
{% macro ocds_elements(places, with_columns=[]) -%}
    {%- for stage, dotted in places %}
    {%- set hops = dotted.split('[]') -%}
    {%- set is_list = hops[-1] == '' -%}
    {%- set lists = (hops | length) - 1 %}
    select
        slice_id,
        source_id,
        ocid,
        {%- for column in with_columns %}
        {{ column }},
        {%- endfor %}
        '{{ stage }}' as stage,
        {%- set pointer = namespace(text='') %}
        {%- for hop in hops %}
            {%- set pointer.text = pointer.text ~ hop.replace('.', '/') %}
            {%- if not loop.last %}
                {%- set pointer.text = pointer.text ~ "/' || position_" ~ loop.index %}
                {%- if not (loop.last or (loop.index == lists and is_list)) %}
                    {%- set pointer.text = pointer.text ~ " || '" %}
                {%- endif %}
            {%- endif %}
        {%- endfor %}
        '/{{ pointer.text }}{{ '' if is_list else "'" }} as path,
        {%- set above = lists - 1 if is_list else lists %}
        {{ filled('element_1.id') if above > 0 else 'cast(null as varchar)' }} as parent_id,
        {{ filled('element_' ~ above ~ '.id') if above > 0 else 'cast(null as varchar)' }}
            as holder_id,
        {%- set last = 'element_' ~ lists if lists else '' %}
        {{ last if is_list else last ~ hops[-1] }} as element
    from
        {%- for hop in hops[:-1] | reverse %}
        (
        select
            *,
            {{ unnested(
                hop if loop.last else 'element_' ~ (loop.revindex - 1) ~ hop,
                'element_' ~ loop.revindex,
                'position_' ~ loop.revindex
            ) }}
        from
        {%- endfor %}
        {{ ref('int_ocds_sections') }}
        {%- for hop in hops[:-1] %}
        ) as level_{{ loop.index }}
        {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}

{#- Join and condition that end the query of a table of ocds_elements: `additional_fields` of each
    row, and no row for an object that says nothing ({}, or what is no object). `places` are those
    of the elements. -#}
{% macro with_additional_fields(relation, places) -%}
    {%- set objects = [] -%}
    {%- for stage, dotted in places -%}
        {%- do objects.append('/' ~ dotted.replace('[]', '').replace('.', '/')) -%}
    {%- endfor -%}
left join {{ ref('int_ocds_additional') }} as additional
    on
        {{ relation }}.slice_id = additional.slice_id
        and {{ relation }}.ocid = additional.ocid
        and {{ relation }}.path = additional.path
        and additional.object in ('{{ objects | join("', '") }}')
where
    {{ relation }}.element is not null
    and (
        {{ relation }}.element is distinct from
        {{ json_typed("'{}'", ocds_shape_at(ocds_release_shape(), places[0][1])) }}
        or additional.additional_fields is not null
    )
{%- endmacro %}

{#- The objects of a shape whose members may be unknown, appended to `found` as mappings: pointer
    (JSON pointer with [] for each step into a list), row (pointer of the object whose row tells
    them), own (the rest of the pointer) and names (the members read). What is an object of a list
    has a row of its own, and so have `ocds_single_rows()`. -#}
{% macro ocds_objects(shape, found, pointer='', row='') -%}
    {%- do found.append({
        'pointer': pointer,
        'row': row,
        'own': pointer[(row | length):],
        'names': shape.keys() | list,
    }) -%}
    {%- for name, member in shape.items() -%}
        {%- set at = pointer ~ '/' ~ name -%}
        {%- if member is mapping -%}
            {%- do ocds_objects(member, found, at, at if name in ocds_single_rows() else row) -%}
        {%- elif member is not none and member is not string and member[0] is mapping -%}
            {%- do ocds_objects(member[0], found, at ~ '[]', at ~ '[]') -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Members that hold one object with a row of its own. -#}
{% macro ocds_single_rows() -%}
    {{ return(['planning', 'tender', 'amendment', 'deliveryLocation', 'deliveryAddress']) }}
{%- endmacro %}

{#- JSON paths in a form (json_form) of pointers of ocds_objects: a list has one element there. -#}
{% macro ocds_form_paths(pointers) -%}
    {%- set paths = [] -%}
    {%- for pointer in pointers -%}
        {%- do paths.append('$' ~ pointer.replace('/', '.').replace('[]', '[0]')) -%}
    {%- endfor -%}
    {{ return(paths) }}
{%- endmacro %}
