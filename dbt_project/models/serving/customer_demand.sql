-- One row per customer and currency.
WITH totals AS (
    SELECT
        customer_id,
        currency,
        {{ demand_measures() }},
        minOrNullIf(first_at, kind = 'placed') AS first_order_at,
        maxOrNullIf(last_at, kind = 'placed') AS last_order_at
    FROM {{ ref('united_customer_demand') }}
    -- Anonymous sales are no customer's.
    WHERE customer_id != ''
    GROUP BY customer_id, currency
),

figures AS (
    SELECT
        *,
        gross - cancelled - returned + adjusted AS net,
        {{ money_per('gross', 'orders') }} AS average_order_value,
        {{ share_of('cancelled_lines', 'order_lines') }} AS cancellation_rate,
        age('day', last_order_at, now64(3, 'UTC')) AS days_since_last_order
    FROM totals
),

classes AS (
    SELECT
        *,
        {{ class_of('days_since_last_order', var('rfm_recency_days'), '<=') }} AS recency_class,
        {{ class_of('orders', var('rfm_orders'), '>=') }} AS frequency_class,
        {{ class_of('net', var('rfm_net'), '>=') }} AS monetary_class
    FROM figures
)

SELECT
    customer_id,
    currency,
    orders,
    order_lines,
    units,
    gross,
    cancelled_lines,
    cancelled,
    returned_lines,
    returned,
    adjusted,
    net,
    paid,
    average_order_value,
    cancellation_rate,
    first_order_at,
    last_order_at,
    days_since_last_order,
    recency_class,
    frequency_class,
    monetary_class,
    multiIf(
        orders = 0, 'no orders',
        least(recency_class, frequency_class, monetary_class) >= 4, 'champion',
        least(recency_class, frequency_class) >= 3, 'loyal',
        recency_class >= 4 AND frequency_class = 1, 'new',
        recency_class >= 3, 'active',
        frequency_class >= 3, 'at risk',
        'lapsed'
    ) AS segment
FROM classes
