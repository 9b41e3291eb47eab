-- One row per hour, category and currency with demand or payments.
SELECT
    event_hour,
    category,
    currency,
    {{ demand_measures() }}
FROM {{ ref('united_product_demand') }}
GROUP BY event_hour, category, currency
-- Changes of status move no money and are in order_status.
HAVING order_lines > 0 OR cancelled_lines > 0 OR returned_lines > 0 OR adjusted != 0 OR paid != 0
