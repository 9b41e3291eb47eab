-- One row per valid, distinct order event: the first to arrive of each event_id within the state's time to live.
-- The batch layer's counterpart is dbt_project/models/staging/stg_orders.sql: same columns, same rows.
-- The range is applied after deduplication: an event before it still makes a later one a duplicate.
SELECT
    event_id,
    kind,
    order_id,
    line_no,
    COALESCE(customer_id, '') AS customer_id,
    COALESCE(product_id, '') AS product_id,
    COALESCE(category, '') AS category,
    quantity,
    amount,
    currency,
    COALESCE(status, '') AS status,
    occurred_at,
    FLOOR(occurred_at TO HOUR) AS event_hour,
    FLOOR(CAST(append_time AS TIMESTAMP(3)) TO MINUTE) AS ingest_minute
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processed_at) AS arrival
    FROM orders
)
WHERE
    arrival = 1
    AND CAST(append_time AS TIMESTAMP(3)) >= TIMESTAMP '{{ covers_from }}'
