-- One row per customer and currency.
-- One SELECT: a lookup is mostly planning, and every level of subqueries adds to that.
SELECT
    customer_id,
    currency,
    {{ demand_measures() }},
    {{ money_per('gross', 'orders') }} AS average_order_value,
    {{ share_of('cancelled_lines', 'order_lines') }} AS cancellation_rate,
    minOrNullIf(first_at, kind = 'placed') AS first_order_at,
    maxOrNullIf(last_at, kind = 'placed') AS last_order_at,
    age('day', last_order_at, now64(3, 'UTC')) AS days_since_last_order,
    {{ class_of('days_since_last_order', var('rfm_recency_days'), '<=') }} AS recency_class,
    {{ class_of('orders', var('rfm_orders'), '>=') }} AS frequency_class,
    {{ class_of('net', var('rfm_net'), '>=') }} AS monetary_class,
    multiIf(
        orders = 0, 'no orders',
        least(recency_class, frequency_class, monetary_class) >= 4, 'champion',
        least(recency_class, frequency_class) >= 3, 'loyal',
        recency_class >= 4 AND frequency_class = 1, 'new',
        recency_class >= 3, 'active',
        frequency_class >= 3, 'at risk',
        'lapsed'
    ) AS segment
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales are no customer's.
WHERE customer_id != ''
GROUP BY customer_id, currency
