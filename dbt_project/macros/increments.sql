{#- Builds that start from an earlier one (pipelines/publication/increments.py): the scratch
    database then holds, in the schema `kept`, the rows of that build which stay as they are. -#}

{#- Post-hook: what is kept under the model's name, if anything is, stands with what was made. -#}
{% macro keep_unchanged() -%}
    {{ return(adapter.dispatch('keep_unchanged')()) }}
{%- endmacro %}
{% macro default__keep_unchanged() -%}
    {%- if execute -%}
        {%- set found = run_query(
            "select 1 from information_schema.tables where table_schema = 'kept' and table_name = '"
            ~ this.identifier ~ "'"
        ) -%}
        {%- if found.rows | length > 0 -%}
            {#- Copying them into the table took longer than all that an increment makes. -#}
            alter table {{ this }} rename to int_rebuilt_{{ this.identifier }};
            create view {{ this }} as
            select * from {{ this.schema }}.int_rebuilt_{{ this.identifier }}
            union all by name
            select * from kept.{{ this.identifier }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
