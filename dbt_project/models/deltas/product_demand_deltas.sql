-- One row per product, category, kind, currency, status, hour of the event and minute of arrival. ClickHouse and Flink both run it.
SELECT
    product_id,
    category,
    kind,
    currency,
    status,
    event_hour,
    ingest_minute,
    COUNT(*) AS events,
    SUM(CASE WHEN line_no = 1 THEN 1 ELSE 0 END) AS first_lines,
    SUM(quantity) AS units,
    SUM(amount) AS amount
FROM {{ ref('stg_orders') }}
GROUP BY product_id, category, kind, currency, status, event_hour, ingest_minute
