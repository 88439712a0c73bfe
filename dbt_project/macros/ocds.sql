{#- Building blocks of OCDS releases as JSON text, for the models that convert a source to OCDS.
    -#}

{#- Date-time of a UTC instant as it was in Mexico City, with the offset of then: -05:00 in the
    summers of 1996 to 2022, else -06:00. What was written as a day stays that day. -#}
{% macro ocds_datetime(expression) -%}
    case
        -- The last summer time ended on 2022-10-30.
        when
            {{ expression }} < timestamp '2022-10-30 07:00:00'
            and {{ in_mexico_city(expression) }} = {{ expression }} - interval 5 hour
            then strftime({{ expression }} - interval 5 hour, '%Y-%m-%dT%H:%M:%S') || '-05:00'
        else strftime({{ expression }} - interval 6 hour, '%Y-%m-%dT%H:%M:%S') || '-06:00'
    end
{%- endmacro %}

{#- Reference to an organization of parties: {id, name}. -#}
{% macro ocds_reference(id, name) -%}
    {{ json_object_of({'id': json_string(id), 'name': json_string(name)}) }}
{%- endmacro %}

{#- Value: {amount, currency, netAmount (EDCA taxes: without IVA), exchangeRates (EDCA)}; null
    without any amount. Arguments are SQL expressions; an exchange rate of a foreign currency is
    one to pesos. -#}
{% macro ocds_value(amount, currency, net_amount='null', exchange_rate='null') -%}
    case
        when coalesce({{ amount }}, {{ net_amount }}) is not null
            then {{ json_object_of({
                'amount': 'cast(' ~ amount ~ ' as varchar)',
                'currency': json_string(currency),
                'netAmount': 'cast(' ~ net_amount ~ ' as varchar)',
                'exchangeRates': "case when " ~ currency ~ " <> 'MXN' and " ~ exchange_rate ~ " > 0"
                    ~ " then '[{\"rate\":' || cast(" ~ exchange_rate ~ " as varchar)"
                    ~ " || ',\"currency\":\"MXN\"}]' end",
            }) }}
    end
{%- endmacro %}

{#- Document as published at an address: {id, documentType, title, url, format, language}. The id is
    `prefix` and a digest of the address; `address` is an SQL expression of a url_text. -#}
{% macro ocds_document(prefix, document_type, title, address, page_format='null') -%}
    {{ json_object_of({
        'id': json_string("'" ~ prefix ~ "-' || " ~ short_digest([address])),
        'documentType': "'\"" ~ document_type ~ "\"'",
        'title': json_string(title),
        'url': json_string(address),
        'format': "case when lower(" ~ address ~ ") like '%.pdf' then '\"application/pdf\"' else "
            ~ page_format ~ " end",
        'language': "'\"es\"'",
    }) }}
{%- endmacro %}

{#- Id of a supplier or bidder: its RFC where that has the SAT's form, else its name, else
    whatever stands for an RFC; '' where nothing tells who it is. `slug` is slug() of the name.
    Names are one only within a state: `territory` is a column with its key and a hyphen, or ''.
    -#}
{% macro supplier_party_id(rfc, slug, territory='territory') -%}
    coalesce(
        case
            when
                {{ rfc }} not in {{ generic_rfcs() }}
                and regexp_matches({{ rfc }}, '^[A-ZÑ&]{3,4}\d{6}[A-Z0-9]{3}$')
                then 'MX-RFC-' || {{ rfc }}
        end,
        'TEQUIO-PROV-' || {{ territory }} || {{ slug }},
        case when {{ rfc }} not in {{ generic_rfcs() }} then 'MX-RFC-' || {{ rfc }} end,
        ''
    )
{%- endmacro %}

{#- Code of procurementMethod for a kind of procedure in capitals without accents; null for what
    isn't known to be one (PROYECTO DE CONVOCATORIA, OTRO). The states' LICITACION SIMPLIFICADA
    invites. -#}
{% macro procurement_method(kind) -%}
    case
        when regexp_matches(
            {{ kind }},
            '^(INVITACION|(LICITACION|CONCURSO) (POR INVITACION|RESTRINGID|PRIVAD|SIMPLIFICAD)'
            || '|TRES COTIZACIONES)'
        )
            then 'selective'
        when {{ kind }} like 'LICITACION%' then 'open'
        when regexp_matches(
            {{ kind }}, '^((ADJUDICACION|ASIGNACION|COMPRA|CONTRATACION)(ES)? DIRECTA|EXCEPCION)'
        )
            then 'direct'
    end
{%- endmacro %}

{#- Code of a contract's status for a published one in capitals without accents; null for an
    unknown one. terminated: signed and over, done or not; cancelled: before it took effect. -#}
{% macro contract_status(status) -%}
    case
        when regexp_matches({{ status }}, '^(CANCELAD|ANULAD|NO FORMALIZAD)') then 'cancelled'
        when regexp_matches(
            {{ status }},
            '^(EXPIRAD|TERMINAD|RESCINDID|CONCLUID|FINIQUITAD|FINALIZAD|VENCID|CERRAD)'
        )
            then 'terminated'
        when regexp_matches(
            {{ status }}, '^(POR FIRMAR|EN FIRMA|PENDIENTE|PROGRAMAD|EN PROCESO DE FIRMA)'
        )
            then 'pending'
        when regexp_matches(
            {{ status }}, '^(ACTIV|VIGENTE|FORMALIZAD|FIRMAD|EN EJECUCION|EN PROCESO)'
        )
            then 'active'
    end
{%- endmacro %}
