{{ config(materialized='view') }}
-- Every rule on every entity: the family models and what Python found record by record.
{%- set families = [
    'quality_ocds_ids_references',
    'quality_ocds_duplicates',
    'quality_ocds_dates',
    'quality_ocds_money',
    'quality_ocds_codelists_coherence',
    'quality_ocds_fields',
    'quality_pdn_records',
    'quality_pdn_declarations',
] %}
{%- set columns = [
    'rule_id', 'slice_id', 'source_id', 'entity_type', 'entity_id', 'result', 'failures', 'path', 'value',
    'raw_sha256', 'page', 'position',
] %}
{%- for family in families %}
select {{ columns | join(', ') }} from {{ ref(family) }}
union all
{%- endfor %}
select {{ columns | join(', ') }} from {{ source('public_view', 'record_results') }}
