{%- set location_places = [
    ('tender', 'tender.deliveryLocations[]'),
    ('tender', 'tender.items[].deliveryLocations[]'),
    ('tender', 'tender.items[].deliveryLocation'),
    ('award', 'awards[].items[].deliveryLocations[]'),
    ('award', 'awards[].items[].deliveryLocation'),
    ('contract', 'contracts[].items[].deliveryLocations[]'),
    ('contract', 'contracts[].items[].deliveryLocation'),
    ('quotes_request', 'planning.requestsForQuotes[].items[].deliveryLocations[]'),
    ('quotes_request', 'planning.requestsForQuotes[].items[].deliveryLocation'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[].deliveryLocations[]'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[].deliveryLocation'),
] -%}
{%- set address_places = [
    ('tender', 'tender.deliveryAddresses[]'),
    ('tender', 'tender.items[].deliveryAddresses[]'),
    ('tender', 'tender.items[].deliveryAddress'),
    ('award', 'awards[].items[].deliveryAddresses[]'),
    ('award', 'awards[].items[].deliveryAddress'),
    ('contract', 'contracts[].items[].deliveryAddresses[]'),
    ('contract', 'contracts[].items[].deliveryAddress'),
    ('quotes_request', 'planning.requestsForQuotes[].items[].deliveryAddresses[]'),
    ('quotes_request', 'planning.requestsForQuotes[].items[].deliveryAddress'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[].deliveryAddresses[]'),
    ('quote', 'planning.requestsForQuotes[].quotes[].items[].deliveryAddress'),
] -%}
with location_elements as (
    {{ ocds_elements(location_places) }}
),

address_elements as (
    {{ ocds_elements(address_places) }}
),

locations as (
    select
        location_elements.slice_id,
        location_elements.source_id,
        location_elements.ocid,
        location_elements.path,
        stage,
        'location' as kind,
        holder_id as item_id,
        {{ filled('element.description') }} as description,
        {{ filled('element.uri') }} as uri,
        {{ filled('element.geometry.type') }} as geometry_type,
        cast(element.geometry.coordinates as varchar) as coordinates,
        {{ filled('element.gazetteer.scheme') }} as gazetteer_scheme,
        {{ list_joined('element.gazetteer.identifiers') }} as gazetteer_identifiers,
        additional.additional_fields
    from location_elements
    {{ with_additional_fields('location_elements', location_places) }}
),

addresses as (
    select
        address_elements.slice_id,
        address_elements.source_id,
        address_elements.ocid,
        address_elements.path,
        stage,
        'address' as kind,
        holder_id as item_id,
        {{ filled('element.description') }} as description,
        {{ filled('element.streetAddress') }} as street_address,
        {{ filled('element.locality') }} as locality,
        {{ filled('element.region') }} as region,
        {{ filled('element.postalCode') }} as postal_code,
        {{ filled('element.countryName') }} as country_name,
        additional.additional_fields
    from address_elements
    {{ with_additional_fields('address_elements', address_places) }}
)

select
    slice_id,
    source_id,
    ocid,
    path,
    stage,
    kind,
    item_id,
    description,
    uri,
    geometry_type,
    coordinates,
    gazetteer_scheme,
    gazetteer_identifiers,
    cast(null as varchar) as street_address,
    cast(null as varchar) as locality,
    cast(null as varchar) as region,
    cast(null as varchar) as postal_code,
    cast(null as varchar) as country_name,
    additional_fields
from locations
union all
select
    slice_id,
    source_id,
    ocid,
    path,
    stage,
    kind,
    item_id,
    description,
    null as uri,
    null as geometry_type,
    null as coordinates,
    null as gazetteer_scheme,
    null as gazetteer_identifiers,
    street_address,
    locality,
    region,
    postal_code,
    country_name,
    additional_fields
from addresses
