-- One row per status that an order has entered.
SELECT
    status,
    sum(status_changes) AS orders,
    max(event_hour) AS last_entered_hour
FROM {{ ref('merged_product_demand') }}
WHERE status_changes > 0
GROUP BY status
