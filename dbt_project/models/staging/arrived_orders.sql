-- One row per valid record of the range, duplicates included.
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
WHERE
    {{ arrived_in_range() }}
    AND reject_reason = ''
