{{ config(post_hook=["{{ keep_unchanged() }}"]) }}
-- Values of single fields of each contracting process: form, length, codes, and fields that say nothing or that the
-- standard doesn't know (any more).
with codes as (
    select * from {{ ref('external_codelists') }}
),

codelists as (
    select * from {{ ref('ocds_codelists') }}
),

fields as (
    select path from {{ ref('ocds_fields') }}
),

sources as (
    select * from {{ source('landed_facts', 'sources') }}
),

processes as (
    select * from {{ changed('ocds_processes') }}
),

tenders as (
    select * from {{ changed('ocds_tenders') }}
),

documents as (
    select * from {{ changed('ocds_documents') }}
),

shapes as (
    select * from {{ changed('quality_ocds_field_shapes') }}
),

-- OCDS-V01: an ocid that no registered prefix can be compared with has the form of one. Those that the source had to be
-- given (tequio-…) aren't the publisher's.
v01 as (
    select
        {{ place(
            'OCDS-V01',
            ok="regexp_matches(processes.ocid, '^ocds-[a-z0-9]{6}-.')",
            path="'/ocid'",
            value='processes.ocid',
            of='processes',
        ) }}
    from processes
    inner join sources on processes.source_id = sources.source_id
    where sources.ocid_prefix is null and not starts_with(processes.ocid, 'tequio-')
),

-- OCDS-V02: a language is an ISO 639-1 code.
languages as (
    select
        slice_id,
        ocid,
        '/language' as path,
        language
    from processes
    union all
    select
        slice_id,
        ocid,
        path || '/language' as path,
        language
    from documents
),

v02 as (
    select
        {{ place(
            'OCDS-V02', ok='codes.code is not null', path='languages.path', value='language', of='languages'
        ) }}
    from languages
    left join codes on languages.language = codes.code and codes.codelist = 'language'
    where language is not null
),

-- OCDS-V03: the scheme of an identifier is a list of org-id.guide. The lists of other countries aren't carried: a
-- scheme in their form isn't judged, nor is the scheme of pseudonyms.
schemes as (
    select
        slice_id,
        ocid,
        path || '/identifier/scheme' as path,
        identifier_scheme as scheme
    from {{ changed('ocds_parties') }}
    union all
    select
        slice_id,
        ocid,
        path || '/scheme' as path,
        scheme
    from {{ changed('ocds_party_identifiers') }}
),

v03 as (
    select
        {{ place('OCDS-V03', ok='codes.code is not null', path='schemes.path', value='scheme', of='schemes') }}
    from schemes
    left join codes on schemes.scheme = codes.code and codes.codelist = 'identifierScheme'
    where
        scheme <> 'MX-TEQUIO'
        and (
            left(scheme, 3) in ('MX-', 'XI-', 'XM-', 'XR-')
            or not regexp_matches(scheme, '^[A-Z]{2}-[A-Z0-9_]+$')
        )
),

-- OCDS-V04: the format of a document is a media type.
v04 as (
    select
        {{ place(
            'OCDS-V04',
            ok='codes.code is not null',
            path="documents.path || '/format'",
            value='documents.format',
            of='documents',
        ) }}
    from documents
    left join codes on lower(documents.format) = codes.code and codes.codelist = 'mediaType'
    where documents.format is not null
),

-- OCDS-V05: the description of a document is a short note.
v05 as (
    select
        {{ place(
            'OCDS-V05',
            ok='length(description) <= 250',
            path="path || '/description'",
            value="length(description) || ' caracteres'",
        ) }}
    from documents
    where description is not null
),

-- OCDS-V06: counts of days and of tenderers aren't negative.
counted as (
    select
        slice_id,
        ocid,
        '/tender/numberOfTenderers' as path,
        number_of_tenderers as number
    from tenders
    {%- for column, name in [
        ('tender_period_days', 'tenderPeriod'),
        ('enquiry_period_days', 'enquiryPeriod'),
        ('award_period_days', 'awardPeriod'),
        ('contract_period_days', 'contractPeriod'),
    ] %}
    union all
    select
        slice_id,
        ocid,
        '/tender/{{ name }}/durationInDays' as path,
        {{ column }} as number
    from tenders
    {%- endfor %}
    {%- for model, column, name in [
        ('ocds_awards', 'contract_period_days', 'contractPeriod'),
        ('ocds_contracts', 'period_days', 'period'),
    ] %}
    union all
    select
        slice_id,
        ocid,
        path || '/{{ name }}/durationInDays' as path,
        {{ column }} as number
    from {{ changed(model) }}
    {%- endfor %}
),

v06 as (
    select {{ place('OCDS-V06', ok='number >= 0', path='path', value='number') }}
    from counted
    where number is not null
),

-- OCDS-V09: fields that OCDS 1.1 deprecates aren't used. Only the texts of processes that have one are read again.
deprecated as (
    select
        compiled.slice_id,
        compiled.ocid,
        {{ json_typed('compiled.compiled', ocds_schema_shape()) }} as release
    from {{ source('rebuilt', 'ocds_compiled') }} as compiled
    inner join shapes on compiled.slice_id = shapes.slice_id and compiled.ocid = shapes.entity_key
    where {{ has_deprecated_fields('shapes.objects') }}
),

v09 as (
    select {{ place('OCDS-V09', ok='false', path='path') }}
    from (
        select
            slice_id,
            ocid,
            {{ unnested(field_places('deprecated', 'release'), 'path', 'position') }}
        from deprecated
    ) as found
    union all
    select {{ place('OCDS-V09', ok='true', path='null', entity_key='entity_key') }}
    from shapes
),

-- OCDS-V10: the codes of open codelists are in them; that of roles is OCDS-C06.
{%- set open_codes = [
    ('tenders', 'award_criteria', 'awardCriteria', "'/tender/awardCriteria'"),
    ('tenders', 'submission_method', 'submissionMethod', "'/tender/submissionMethod'"),
    (
        'tenders', 'additional_procurement_categories', 'extendedProcurementCategory',
        "'/tender/additionalProcurementCategories'",
    ),
    ('documents', 'document_type', 'documentType', "path || '/documentType'"),
    (changed('ocds_milestones'), 'milestone_type', 'milestoneType', "path || '/type'"),
    (
        changed('ocds_items'), 'classification_scheme', 'itemClassificationScheme',
        "path || '/classification/scheme'",
    ),
    (changed('ocds_item_classifications'), 'scheme', 'itemClassificationScheme', "path || '/scheme'"),
    (changed('ocds_items'), 'unit_scheme', 'unitClassificationScheme', "path || '/unit/scheme'"),
    (changed('ocds_related_processes'), 'relationship', 'relatedProcess', "path || '/relationship'"),
    (changed('ocds_related_processes'), 'scheme', 'relatedProcessScheme', "path || '/scheme'"),
] %}
{%- set lists = ['submission_method', 'additional_procurement_categories', 'relationship'] %}
open_codes as (
    {%- for relation, column, codelist, path in open_codes %}
    select
        slice_id,
        ocid,
        '{{ codelist }}' as codelist,
        {{ path }} as path,
        {{ texts_between(column, ',') if column in lists else column }} as code
    from {{ relation }}
    where {{ column }} is not null
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

v10 as (
    select
        {{ place(
            'OCDS-V10',
            ok='codelists.code is not null',
            path='open_codes.path',
            value='open_codes.code',
            of='open_codes',
        ) }}
    from open_codes
    left join codelists
        on open_codes.codelist = codelists.codelist and open_codes.code = codelists.code
),

-- OCDS-V11: what is published says something. Members that the schema doesn't know are told by their name.
empty_places as (
    select
        slice_id,
        entity_key,
        {{ unnested(empty_places('empty_fields', 'empty_names'), 'path', 'position') }}
    from shapes
),

v11 as (
    select {{ place('OCDS-V11', ok='false', path='path', entity_key='entity_key') }}
    from empty_places
    union all
    select {{ place('OCDS-V11', ok='true', path='null', entity_key='entity_key') }}
    from shapes
),

-- OCDS-V12: fields have the names of the standard or of an extension we read. Some of the standard's have no column.
additional as (
    select
        slice_id,
        ocid,
        object,
        path as holder,
        {{ unnested('members', 'member', 'position') }}
    from {{ source('rebuilt', 'additional_fields') }}
),

v12 as (
    select
        {{ place(
            'OCDS-V12',
            ok='false',
            path="additional.holder || '/' || additional.member.name",
            value='additional.member.kind',
            of='additional',
        ) }}
    from additional
    left join fields on additional.object || '/' || additional.member.name = fields.path
    where fields.path is null
    union all
    select {{ place('OCDS-V12', ok='true', path='null', entity_key='entity_key') }}
    from shapes
),

places as (
    {%- for rule in ['v01', 'v02', 'v03', 'v04', 'v05', 'v06', 'v09', 'v10', 'v11', 'v12'] %}
    select * from {{ rule }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

{{ verdicts('quality_ocds_field_values') }}
