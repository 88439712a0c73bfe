{#- Builds that start from an earlier one (pipelines/publication/increments.py): the scratch
    database then holds, in the schema `kept`, the rows of that build which stay as they are. -#}

{#- Post-hook: adds what is kept under the model's name, if anything is. -#}
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
            insert into {{ this }} by name select * from kept.{{ this.identifier }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
