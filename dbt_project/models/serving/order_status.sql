-- One row per status that an order has entered.
SELECT
    status,
    sum(events) AS orders,
    max(event_hour) AS last_entered_hour
FROM {{ ref('united_product_demand') }}
WHERE kind = 'status_changed' AND status != ''
GROUP BY status
