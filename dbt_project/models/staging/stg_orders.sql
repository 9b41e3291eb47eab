-- One row per valid event: the first to arrive of each event_id in the generation.
-- The speed layer's counterpart is speed_layer/sql/flink/stg_orders.sql: same columns, same rows.
SELECT
    event_id,
    kind,
    order_id,
    line_no,
    coalesce(customer_id, '') AS customer_id,
    coalesce(product_id, '') AS product_id,
    coalesce(category, '') AS category,
    quantity,
    amount,
    currency,
    coalesce(status, '') AS status,
    occurred_at,
    toStartOfHour(occurred_at) AS event_hour,
    toStartOfMinute(append_time) AS ingest_minute,
    `partition`,
    offset,
    append_time
FROM {{ source('raw', 'orders_events') }}
WHERE {{ arrives('orders') }}
ORDER BY event_id, append_time, `partition`, offset
LIMIT 1 BY event_id
