-- One row per day and category with orders or complaints.
WITH counted AS (
    SELECT
        toDate(event_hour, 'UTC') AS event_day,
        category,
        sumIf(events, kind = 'complained') AS complaints,
        toInt64(0) AS orders
    FROM {{ ref('united_product_feedback') }}
    GROUP BY event_day, category
    UNION ALL
    SELECT
        toDate(event_hour, 'UTC') AS event_day,
        category,
        toInt64(0) AS complaints,
        sum(merged_orders.orders) AS orders
    FROM {{ ref('merged_product_demand') }} AS merged_orders
    GROUP BY event_day, category
),

totals AS (
    SELECT
        event_day,
        category,
        sum(complaints) AS day_complaints,
        sum(orders) AS day_orders
    FROM counted
    GROUP BY event_day, category
)

SELECT
    event_day,
    category,
    day_complaints AS complaints,
    day_orders AS orders,
    {{ per_thousand('complaints', 'orders') }} AS complaints_per_1000_orders
FROM totals
WHERE day_complaints > 0 OR day_orders > 0
