{#- Building blocks of OCDS releases as JSON text, for the models that convert a source to OCDS.
    -#}

{#- Date-time of a UTC instant, written with Mexico City's offset of today (-06:00): the instant
    is exact; before November 2022 summer wall times differ by an hour. -#}
{% macro ocds_datetime(expression) -%}
    strftime({{ expression }} - interval 6 hour, '%Y-%m-%dT%H:%M:%S') || '-06:00'
{%- endmacro %}

{#- Reference to an organization of parties: {id, name}. -#}
{% macro ocds_reference(id, name) -%}
    {{ json_object_of({'id': json_string(id), 'name': json_string(name)}) }}
{%- endmacro %}

{#- Value in pesos: {amount, currency}; null without an amount. -#}
{% macro ocds_value_mxn(amount) -%}
    {{ json_object_of({
        'amount': 'cast(' ~ amount ~ ' as varchar)',
        'currency': 'case when ' ~ amount ~ ' is not null then \'"MXN"\' end',
    }) }}
{%- endmacro %}
