{#- Which rules each family model evaluates, and of which entities a rule speaks: the scopes of `quality_entities`
    (ocds: contracting processes; s1, s2, s3: records of the PDN; ocds-source, pdn-source: a source as a whole). A rule
    that looks at no place of an entity of its scopes is not applicable there. A family is *local* when its verdicts
    depend on one process alone, neither on others nor on the day of the fetch: then only what changed is checked again.
    Sources of the PDN are built whole, so theirs are *wide*. A family that *denies* has no rules of its own: local families
    tell of whom its rules speak, as passed, and it tells, comparing processes, the few that fail or aren't spoken of after
    all. Rules that one model tells stand in neighbouring families (macro verdicts). -#}
{% macro rule_families() -%}
    {{ return({
        'quality_ocds_ids_references': {'kind': 'local', 'rules': [
            ('OCDS-I01', ['ocds']),
            ('OCDS-I02', ['ocds']),
            ('OCDS-I03', ['ocds']),
            ('OCDS-I04', ['ocds']),
            ('OCDS-I05', ['ocds']),
            ('OCDS-R01', ['ocds']),
            ('OCDS-R02', ['ocds']),
            ('OCDS-R03', ['ocds']),
            ('OCDS-R04', ['ocds']),
            ('OCDS-R05', ['ocds']),
            ('OCDS-R06', ['ocds']),
            ('OCDS-R07', ['ocds']),
            ('OCDS-R08', ['ocds']),
            ('OCDS-R09', ['ocds']),
        ]},
        'quality_ocds_dates': {'kind': 'local', 'rules': [
            ('OCDS-D01', ['ocds']),
            ('OCDS-D02', ['ocds']),
            ('OCDS-D03', ['ocds']),
            ('OCDS-D04', ['ocds']),
            ('OCDS-D05', ['ocds']),
            ('OCDS-D06', ['ocds']),
            ('OCDS-D07', ['ocds']),
            ('OCDS-D08', ['ocds']),
            ('OCDS-D09', ['ocds']),
            ('OCDS-D11', ['ocds']),
            ('OCDS-D12', ['ocds']),
            ('OCDS-D13', ['ocds']),
            ('OCDS-D14', ['ocds']),
            ('OCDS-D15', ['ocds']),
            ('OCDS-D16', ['ocds']),
            ('OCDS-D17', ['ocds']),
        ]},
        'quality_ocds_money': {'kind': 'local', 'rules': [
            ('OCDS-M01', ['ocds']),
            ('OCDS-M02', ['ocds']),
            ('OCDS-M03', ['ocds']),
            ('OCDS-M04', ['ocds']),
            ('OCDS-M05', ['ocds']),
            ('OCDS-M06', ['ocds']),
            ('OCDS-M07', ['ocds']),
            ('OCDS-M08', ['ocds']),
            ('OCDS-M09', ['ocds']),
            ('OCDS-M10', ['ocds']),
        ]},
        'quality_ocds_codelists_coherence': {'kind': 'local', 'rules': [
            ('OCDS-C01', ['ocds']),
            ('OCDS-C02', ['ocds']),
            ('OCDS-C03', ['ocds']),
            ('OCDS-C04', ['ocds']),
            ('OCDS-C05', ['ocds']),
            ('OCDS-C06', ['ocds']),
            ('OCDS-C07', ['ocds']),
            ('OCDS-C08', ['ocds']),
            ('OCDS-C09', ['ocds']),
            ('OCDS-H01', ['ocds']),
            ('OCDS-H02', ['ocds']),
            ('OCDS-H03', ['ocds']),
            ('OCDS-H04', ['ocds']),
            ('OCDS-H05', ['ocds']),
        ]},
        'quality_ocds_fields': {'kind': 'local', 'rules': [
            ('OCDS-F01', ['ocds']),
            ('OCDS-F02', ['ocds']),
            ('OCDS-F04', ['ocds']),
            ('OCDS-F05', ['ocds']),
            ('OCDS-F06', ['ocds']),
            ('OCDS-F07', ['ocds']),
            ('OCDS-F08', ['ocds']),
            ('OCDS-F09', ['ocds']),
            ('OCDS-F10', ['ocds']),
        ]},
        'quality_ocds_field_values': {'kind': 'local', 'rules': [
            ('OCDS-V01', ['ocds']),
            ('OCDS-V02', ['ocds']),
            ('OCDS-V03', ['ocds']),
            ('OCDS-V04', ['ocds']),
            ('OCDS-V05', ['ocds']),
            ('OCDS-V06', ['ocds']),
            ('OCDS-V09', ['ocds']),
            ('OCDS-V10', ['ocds']),
            ('OCDS-V11', ['ocds']),
            ('OCDS-V12', ['ocds']),
        ]},
        'quality_ocds_future': {'kind': 'denying', 'rules': [], 'denies': ['OCDS-D02']},
        'quality_ocds_duplicates': {'kind': 'denying', 'rules': [], 'denies': ['OCDS-I04', 'OCDS-I05', 'OCDS-M06']},
        'quality_ocds_dataset': {'kind': 'wide', 'rules': [
            ('OCDS-T01', ['ocds-source']),
            ('OCDS-T02', ['ocds-source']),
            ('OCDS-T03', ['ocds-source']),
            ('OCDS-T04', ['ocds-source']),
            ('OCDS-T05', ['ocds-source']),
            ('OCDS-T06', ['ocds-source']),
            ('OCDS-T07', ['ocds-source']),
            ('OCDS-T08', ['ocds-source']),
            ('OCDS-T09', ['ocds-source']),
            ('OCDS-T10', ['ocds-source']),
            ('OCDS-T11', ['ocds-source']),
            ('OCDS-T12', ['ocds-source']),
            ('OCDS-T13', ['ocds-source']),
            ('OCDS-T14', ['ocds-source']),
            ('OCDS-T15', ['ocds-source']),
            ('OCDS-T16', ['ocds-source']),
        ]},
        'quality_ocds_edca': {'kind': 'local', 'rules': [
            ('OCDS-E01', ['ocds']),
            ('OCDS-E02', ['ocds']),
            ('OCDS-E03', ['ocds']),
            ('OCDS-E04', ['ocds']),
            ('OCDS-E05', ['ocds']),
            ('OCDS-E06', ['ocds']),
            ('OCDS-E07', ['ocds']),
            ('OCDS-E08', ['ocds']),
            ('OCDS-E09', ['ocds']),
            ('OCDS-E10', ['ocds']),
            ('OCDS-E11', ['ocds']),
        ]},
        'quality_ocds_plausibility': {'kind': 'local', 'rules': [
            ('OCDS-A01', ['ocds']),
            ('OCDS-A02', ['ocds']),
            ('OCDS-A03', ['ocds']),
            ('OCDS-A04', ['ocds']),
            ('OCDS-A05', ['ocds']),
            ('OCDS-A06', ['ocds']),
            ('OCDS-A07', ['ocds']),
            ('OCDS-A08', ['ocds']),
            ('OCDS-G01', ['ocds']),
            ('OCDS-G02', ['ocds']),
            ('OCDS-G03', ['ocds']),
            ('OCDS-G04', ['ocds']),
            ('OCDS-P20', ['ocds']),
            ('OCDS-P21', ['ocds']),
            ('OCDS-P22', ['ocds']),
            ('OCDS-P23', ['ocds']),
            ('OCDS-P24', ['ocds']),
            ('OCDS-A09', ['ocds']),
        ]},
        'quality_ocds_parties': {'kind': 'denying', 'rules': [], 'denies': ['OCDS-P23', 'OCDS-P24', 'OCDS-A09']},
        'quality_pdn_records': {'kind': 'wide', 'rules': [
            ('PDN-I01', ['s2', 's3']),
            ('PDN-I02', ['s3']),
            ('PDN-D01', ['s2', 's3']),
            ('PDN-D02', ['s2']),
            ('PDN-D03', ['s3']),
            ('PDN-D04', ['s3']),
            ('PDN-D05', ['s3']),
            ('PDN-D06', ['s2']),
            ('PDN-M01', ['s3']),
            ('PDN-M02', ['s3']),
            ('PDN-F01', ['s2', 's3']),
            ('PDN-F02', ['s2', 's3']),
            ('PDN-F03', ['s3']),
            ('PDN-F04', ['s3']),
            ('PDN-F05', ['s2', 's3']),
            ('PDN-F06', ['s2', 's3']),
        ]},
        'quality_pdn_codes': {'kind': 'wide', 'rules': [
            ('PDN-C01', ['s2', 's3']),
            ('PDN-C02', ['s2', 's3']),
            ('PDN-C03', ['s2', 's3']),
        ]},
        'quality_pdn_plausibility': {'kind': 'wide', 'rules': [
            ('PDN-I03', ['s2']),
            ('PDN-D07', ['s3']),
            ('PDN-D08', ['s3']),
            ('PDN-D09', ['s2']),
            ('PDN-M03', ['s3']),
            ('PDN-M04', ['s3']),
            ('PDN-F07', ['s2', 's3']),
            ('PDN-F08', ['s2', 's3']),
            ('PDN-G01', ['s2', 's3']),
            ('PDN-P14', ['s3']),
        ]},
        'quality_pdn_declarations': {'kind': 'wide', 'rules': [
            ('PDN-I01', ['s1']),
            ('PDN-C01', ['s1']),
            ('PDN-C02', ['s1']),
            ('PDN-D10', ['s1']),
            ('PDN-D11', ['s1']),
            ('PDN-D12', ['s1']),
            ('PDN-M11', ['s1']),
            ('PDN-M13', ['s1']),
            ('PDN-G01', ['s1']),
            ('PDN-G02', ['s1']),
            ('PDN-P14', ['s1']),
        ]},
    }) }}
{%- endmacro %}

{#- The names of the families of a kind. -#}
{% macro families_of(kind) -%}
    {%- set names = [] -%}
    {%- for family, found in rule_families().items() if found.kind == kind -%}
        {%- do names.append(family) -%}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{#- The rules that a family denies which others tell. -#}
{% macro denied_rules() -%}
    {%- set denied = [] -%}
    {%- for family in families_of('denying') -%}
        {%- do denied.extend(rule_families()[family].denies) -%}
    {%- endfor -%}
    {{ return(denied) }}
{%- endmacro %}

{#- A number for each rule of the families, in their order. -#}
{% macro rule_numbers() -%}
    {%- set numbers = {} -%}
    {%- for family in rule_families().values() -%}
        {%- for rule_id, scopes in family.rules -%}
            {%- if rule_id not in numbers -%}
                {%- do numbers.update({rule_id: numbers | length}) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(numbers) }}
{%- endmacro %}
