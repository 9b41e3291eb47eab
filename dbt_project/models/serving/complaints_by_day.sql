-- One row per day and category with orders or complaints.
WITH counted AS (
    SELECT
        toDate(event_hour, 'UTC') AS event_day,
        category,
        sumIf(events, kind = 'complained') AS complaints,
        toInt64(0) AS orders,
        toInt64(0) AS lines
    FROM {{ ref('united_product_feedback') }}
    GROUP BY event_day, category
    UNION ALL
    SELECT
        toDate(event_hour, 'UTC') AS event_day,
        category,
        toInt64(0) AS complaints,
        sumIf(first_lines, kind = 'placed') AS orders,
        sumIf(events, kind = 'placed') AS lines
    FROM {{ ref('united_product_demand') }}
    GROUP BY event_day, category
),

totals AS (
    SELECT
        event_day,
        category,
        sum(complaints) AS day_complaints,
        sum(orders) AS day_orders,
        sum(lines) AS day_lines
    FROM counted
    GROUP BY event_day, category
)

SELECT
    event_day,
    category,
    day_complaints AS complaints,
    day_orders AS orders,
    day_lines AS order_lines,
    {{ per_thousand('complaints', 'orders') }} AS complaints_per_1000_orders,
    {{ per_thousand('complaints', 'order_lines') }} AS complaints_per_1000_order_lines
FROM totals
WHERE day_complaints > 0 OR day_lines > 0
