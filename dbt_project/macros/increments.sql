{#- Builds that start from an earlier one (pipelines/publication/increments.py): the scratch
    database then holds, in the schema `kept`, the rows of that build which stay as they are. -#}

{#- Whether rows of a model are kept from an earlier build. dbt lists the schema once in an
    invocation. -#}
{% macro is_kept(model_name) -%}
    {{ return(
        execute
        and adapter.get_relation(
            database=target.database, schema='kept', identifier=model_name
        ) is not none
    ) }}
{%- endmacro %}

{#- The table of what this build made of a model of which rows are kept. -#}
{% macro rebuilt_of(relation) -%}
    {{ return(api.Relation.create(
        database=relation.database,
        schema=relation.schema,
        identifier='int_rebuilt_' ~ relation.identifier
    )) }}
{%- endmacro %}

{#- Post-hook: what is kept under the model's name, if anything is, stands with what was made. -#}
{% macro keep_unchanged() -%}
    {{ return(adapter.dispatch('keep_unchanged')()) }}
{%- endmacro %}
{% macro default__keep_unchanged() -%}
    {%- if is_kept(this.identifier) -%}
        {%- set rebuilt = rebuilt_of(this) -%}
        {#- Copying them into the table took longer than all that an increment makes. -#}
        alter table {{ this }} rename to {{ rebuilt.identifier }};
        create view {{ this }} as
        select * from {{ rebuilt }}
        union all by name
        select * from kept.{{ this.identifier }}
    {%- endif -%}
{%- endmacro %}
