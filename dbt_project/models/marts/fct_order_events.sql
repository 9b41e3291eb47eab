-- One row per valid event before the boundary, of the generation that is live.
SELECT
    event_id,
    kind,
    order_id,
    line_no,
    customer_id,
    product_id,
    category,
    quantity,
    amount,
    currency,
    status,
    occurred_at,
    append_time,
    `partition`,
    offset
FROM {{ ref('stg_orders') }}
WHERE generation = tupleElement({{ live() }}, 1) AND ingest_minute < tupleElement({{ live() }}, 2)
