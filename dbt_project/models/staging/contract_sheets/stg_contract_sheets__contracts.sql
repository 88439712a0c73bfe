{#- A table among views: several models read it, and each would parse every record again. -#}
{{ config(materialized='table') }}

with landed as (
    select * from {{ source('landed', 'contract_sheets') }}
),

shapes as (
    select * from {{ source('landed_facts', 'shapes') }}
),

{{ contract_row_ctes() }}

select
    {{ contract_columns() | join(',\n    ') }}
from contract_rows
