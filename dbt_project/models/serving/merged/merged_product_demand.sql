-- One row per row of product_demand_deltas in either layer, its measures spread by kind. Add them up.
SELECT
    product_id,
    category,
    currency,
    status,
    event_hour,
    ingest_minute,
    events,
    {{ demand_by_kind() }},
    if(kind = 'status_changed', events, 0) AS status_changes
FROM ({{ merged('product_demand_deltas') }})
