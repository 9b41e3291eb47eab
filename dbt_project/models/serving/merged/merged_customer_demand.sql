-- One row per row of customer_demand_deltas in either layer, its measures spread by kind. Add them up.
SELECT
    customer_id,
    currency,
    event_hour,
    ingest_minute,
    events,
    {{ demand_by_kind() }},
    if(kind = 'placed', first_at, NULL) AS first_order_at,
    if(kind = 'placed', last_at, NULL) AS last_order_at
FROM {{ ref('united_customer_demand') }}
