{#-
  What the services of the PDN gave, each record named: the same for every generation of the
  standard.
-#}

{#- The records of one family (`systems`: collection → system); others are unusable records. -#}
{% macro pdn_landed_records(family, dialect, systems) -%}
select
    source_id || '@' || generation as slice_id,
    source_id,
    case collection
        {%- for collection, system in systems.items() %}
        when '{{ collection }}' then '{{ system }}'
        {%- endfor %}
    end as system,
    '{{ dialect }}' as dialect,
    collection,
    coalesce(
        {{ json_text('record', '$.id') }},
        {{ json_text('record', '$._id."$oid"') }},
        {{ json_text('record', '$._id') }},
        record_sha256
    ) as record_id,
    record,
    ordinal,
    raw_sha256,
    page,
    position
from {{ source('landed', family) }}
where
    not is_duplicate
    and {{ json_is_object('record') }}
    and collection in ('{{ systems.keys() | join("', '") }}')
{%- endmacro %}
