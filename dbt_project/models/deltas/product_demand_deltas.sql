-- One row per product, category, currency, status, hour of the event and minute of arrival. ClickHouse and Flink both run it.
SELECT
    product_id,
    category,
    currency,
    status,
    event_hour,
    ingest_minute,
    COUNT(*) AS events,
    SUM(CASE WHEN kind = 'placed' THEN 1 ELSE 0 END) AS order_lines,
    SUM(CASE WHEN kind = 'placed' AND line_no = 1 THEN 1 ELSE 0 END) AS orders,
    SUM(CASE WHEN kind = 'placed' THEN quantity ELSE 0 END) AS units,
    SUM(CASE WHEN kind = 'placed' THEN amount ELSE 0 END) AS gross,
    SUM(CASE WHEN kind = 'cancelled' THEN 1 ELSE 0 END) AS cancelled_lines,
    SUM(CASE WHEN kind = 'cancelled' THEN amount ELSE 0 END) AS cancelled,
    SUM(CASE WHEN kind = 'returned' THEN 1 ELSE 0 END) AS returned_lines,
    SUM(CASE WHEN kind = 'returned' THEN amount ELSE 0 END) AS returned,
    SUM(CASE WHEN kind = 'adjusted' THEN amount ELSE 0 END) AS adjusted,
    SUM(CASE WHEN kind = 'paid' THEN amount ELSE 0 END) AS paid
FROM {{ ref('stg_orders') }}
GROUP BY product_id, category, currency, status, event_hour, ingest_minute
