{#- Reading OCDS packages: which releases stand in a record, and which ids they go by. -#}

{#- True where the value at a path is an object that holds something. -#}
{% macro json_has_members(json, path) -%}
    coalesce({{ json_node(json, path) }} <> '{}' and {{ json_is_object(json, path) }}, false)
{%- endmacro %}

{#- True where a JSON text is that of an object; only its beginning is looked at. -#}
{% macro is_object_text(json) -%}
    starts_with(ltrim({{ json }}, e' \t\r\n'), '{')
{%- endmacro %}

{#- True where an ocid has the source's own prefix or any registered one, in any case. -#}
{% macro has_ocid_prefix(ocid, prefix) -%}
    coalesce(
        regexp_matches(lower({{ ocid }}), '^ocds-[a-z0-9]{6}-')
        or starts_with(lower({{ ocid }}), lower({{ prefix }})),
        false
    )
{%- endmacro %}

{#- Elements of a `repairs` text (without its brackets) whose path stands under a JSON pointer, as
    repairs of what stands there; all of them for an empty pointer. Null for none. -#}
{% macro repairs_under(repairs, pointer) -%}
    {{ return(adapter.dispatch('repairs_under')(repairs, pointer)) }}
{%- endmacro %}
{% macro default__repairs_under(repairs, pointer) -%}
    case
        when {{ repairs }} is not null
            then nullif(
                array_to_string(
                    list_transform(
                        list_filter(
                            json_extract({{ repairs }}, '$[*]'),
                            lambda repair: starts_with(
                                json_extract_string(repair, '$.path'), {{ pointer }} || '/'
                            )
                        ),
                        -- Quotes inside a value are escaped: only the member itself begins so.
                        lambda repair: replace(
                            cast(repair as varchar), '"path":"' || {{ pointer }} || '/', '"path":"/'
                        )
                    ),
                    ','
                ),
                ''
            )
    end
{%- endmacro %}
