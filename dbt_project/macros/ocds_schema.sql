{#- Made by pipelines/standards/ocds_fields.py from the release schema of OCDS 1.1.5; never
    edited by hand. -#}

{#- The members of an OCDS release in the notation of json_typed. -#}
{% macro ocds_schema_shape() -%}
    {%- set identifier = {'scheme': 'text', 'id': 'text', 'legalName': 'text', 'uri': 'text'} -%}
    {%- set address = {
        'streetAddress': 'text',
        'locality': 'text',
        'region': 'text',
        'postalCode': 'text',
        'countryName': 'text'
    } -%}
    {%- set contact_point = {
        'name': 'text',
        'email': 'text',
        'telephone': 'text',
        'faxNumber': 'text',
        'url': 'text'
    } -%}
    {%- set organization = {
        'name': 'text',
        'id': 'text',
        'identifier': identifier,
        'additionalIdentifiers': [identifier],
        'address': address,
        'contactPoint': contact_point,
        'roles': 'text',
        'details': 'text'
    } -%}
    {%- set organization_reference = {
        'name': 'text',
        'id': 'text',
        'identifier': identifier,
        'address': address,
        'additionalIdentifiers': [identifier],
        'contactPoint': contact_point
    } -%}
    {%- set value = {'amount': 'text', 'currency': 'text'} -%}
    {%- set budget = {
        'id': 'text',
        'description': 'text',
        'amount': value,
        'project': 'text',
        'projectID': 'text',
        'uri': 'text',
        'source': 'text'
    } -%}
    {%- set document = {
        'id': 'text',
        'documentType': 'text',
        'title': 'text',
        'description': 'text',
        'url': 'text',
        'datePublished': 'text',
        'dateModified': 'text',
        'format': 'text',
        'language': 'text'
    } -%}
    {%- set milestone = {
        'id': 'text',
        'title': 'text',
        'type': 'text',
        'description': 'text',
        'code': 'text',
        'dueDate': 'text',
        'dateMet': 'text',
        'dateModified': 'text',
        'status': 'text',
        'documents': [document]
    } -%}
    {%- set planning = {
        'rationale': 'text',
        'budget': budget,
        'documents': [document],
        'milestones': [milestone]
    } -%}
    {%- set classification = {
        'scheme': 'text',
        'id': 'text',
        'description': 'text',
        'uri': 'text'
    } -%}
    {%- set item = {
        'id': 'text',
        'description': 'text',
        'classification': classification,
        'additionalClassifications': [classification],
        'quantity': 'text',
        'unit': {
            'scheme': 'text',
            'id': 'text',
            'name': 'text',
            'value': value,
            'uri': 'text'
        }
    } -%}
    {%- set period = {
        'startDate': 'text',
        'endDate': 'text',
        'maxExtentDate': 'text',
        'durationInDays': 'text'
    } -%}
    {%- set amendment = {
        'date': 'text',
        'rationale': 'text',
        'id': 'text',
        'description': 'text',
        'amendsReleaseID': 'text',
        'releaseID': 'text',
        'changes': [{'property': 'text', 'former_value': 'text'}]
    } -%}
    {%- set tender = {
        'id': 'text',
        'title': 'text',
        'description': 'text',
        'status': 'text',
        'procuringEntity': organization_reference,
        'items': [item],
        'value': value,
        'minValue': value,
        'procurementMethod': 'text',
        'procurementMethodDetails': 'text',
        'procurementMethodRationale': 'text',
        'mainProcurementCategory': 'text',
        'additionalProcurementCategories': 'text',
        'awardCriteria': 'text',
        'awardCriteriaDetails': 'text',
        'submissionMethod': 'text',
        'submissionMethodDetails': 'text',
        'tenderPeriod': period,
        'enquiryPeriod': period,
        'hasEnquiries': 'text',
        'eligibilityCriteria': 'text',
        'awardPeriod': period,
        'contractPeriod': period,
        'numberOfTenderers': 'text',
        'tenderers': [organization_reference],
        'documents': [document],
        'milestones': [milestone],
        'amendments': [amendment],
        'amendment': amendment
    } -%}
    {%- set award = {
        'id': 'text',
        'title': 'text',
        'description': 'text',
        'status': 'text',
        'date': 'text',
        'value': value,
        'suppliers': [organization_reference],
        'items': [item],
        'contractPeriod': period,
        'documents': [document],
        'amendments': [amendment],
        'amendment': amendment
    } -%}
    {%- set transaction = {
        'id': 'text',
        'source': 'text',
        'date': 'text',
        'value': value,
        'payer': organization_reference,
        'payee': organization_reference,
        'uri': 'text',
        'amount': value,
        'providerOrganization': identifier,
        'receiverOrganization': identifier
    } -%}
    {%- set implementation = {
        'transactions': [transaction],
        'milestones': [milestone],
        'documents': [document]
    } -%}
    {%- set related_process = {
        'id': 'text',
        'relationship': 'text',
        'title': 'text',
        'scheme': 'text',
        'identifier': 'text',
        'uri': 'text'
    } -%}
    {%- set contract = {
        'id': 'text',
        'awardID': 'text',
        'title': 'text',
        'description': 'text',
        'status': 'text',
        'period': period,
        'value': value,
        'items': [item],
        'dateSigned': 'text',
        'documents': [document],
        'implementation': implementation,
        'relatedProcesses': [related_process],
        'milestones': [milestone],
        'amendments': [amendment],
        'amendment': amendment
    } -%}
    {{ return({
        'ocid': 'text',
        'id': 'text',
        'date': 'text',
        'tag': 'text',
        'initiationType': 'text',
        'parties': [organization],
        'buyer': organization_reference,
        'planning': planning,
        'tender': tender,
        'awards': [award],
        'contracts': [contract],
        'language': 'text',
        'relatedProcesses': [related_process]
    }) }}
{%- endmacro %}

{#- Fields that OCDS 1.1 deprecates: JSON pointers without positions. -#}
{% macro ocds_deprecated_fields() -%}
    {{ return([
        '/buyer/identifier',
        '/buyer/address',
        '/buyer/additionalIdentifiers',
        '/buyer/contactPoint',
        '/planning/budget/source',
        '/planning/milestones/documents',
        '/tender/procuringEntity/identifier',
        '/tender/procuringEntity/address',
        '/tender/procuringEntity/additionalIdentifiers',
        '/tender/procuringEntity/contactPoint',
        '/tender/tenderers/identifier',
        '/tender/tenderers/address',
        '/tender/tenderers/additionalIdentifiers',
        '/tender/tenderers/contactPoint',
        '/tender/milestones/documents',
        '/tender/amendments/changes',
        '/tender/amendment',
        '/tender/amendment/changes',
        '/awards/suppliers/identifier',
        '/awards/suppliers/address',
        '/awards/suppliers/additionalIdentifiers',
        '/awards/suppliers/contactPoint',
        '/awards/amendments/changes',
        '/awards/amendment',
        '/awards/amendment/changes',
        '/contracts/implementation/transactions/payer/identifier',
        '/contracts/implementation/transactions/payer/address',
        '/contracts/implementation/transactions/payer/additionalIdentifiers',
        '/contracts/implementation/transactions/payer/contactPoint',
        '/contracts/implementation/transactions/payee/identifier',
        '/contracts/implementation/transactions/payee/address',
        '/contracts/implementation/transactions/payee/additionalIdentifiers',
        '/contracts/implementation/transactions/payee/contactPoint',
        '/contracts/implementation/transactions/amount',
        '/contracts/implementation/transactions/providerOrganization',
        '/contracts/implementation/transactions/receiverOrganization',
        '/contracts/implementation/milestones/documents',
        '/contracts/milestones/documents',
        '/contracts/amendments/changes',
        '/contracts/amendment',
        '/contracts/amendment/changes',
    ]) }}
{%- endmacro %}
