-- Each text is parsed once here; the tables only take their objects apart.
with compiled as (
    select * from {{ source('rebuilt', 'ocds_compiled') }}
),

typed as (
    select
        * exclude (compiled),
        {{ json_typed('compiled', ocds_release_shape()) }} as release
    from compiled
)

select
    slice_id,
    source_id,
    ocid,
    compiled_date,
    cast(year as integer) as year,
    cast(release_count as integer) as release_count,
    cast(record_count as integer) as record_count,
    {{ filled('release.id') }} as release_id,
    {{ filled('release.initiationType') }} as initiation_type,
    {{ filled('release.language') }} as language,
    {{ filled('release.buyer.id') }} as buyer_id,
    {{ filled('release.buyer.name') }} as buyer_name,
    {{ filled('release.tender.procurementMethod') }} as procurement_method,
    {{ filled('release.tender.mainProcurementCategory') }} as main_procurement_category,
    release.parties as parties,
    release.planning as planning,
    release.tender as tender,
    release.bids as bids,
    release.awards as awards,
    release.contracts as contracts,
    release.relatedProcesses
from typed
