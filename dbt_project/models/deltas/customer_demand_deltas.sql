-- One row per customer, kind, currency, hour of the event and minute of arrival. ClickHouse and Flink both run this SELECT.
SELECT
    customer_id,
    kind,
    currency,
    event_hour,
    ingest_minute,
    COUNT(*) AS events,
    SUM(CASE WHEN line_no = 1 THEN 1 ELSE 0 END) AS first_lines,
    SUM(quantity) AS units,
    SUM(amount) AS amount,
    MIN(occurred_at) AS first_at,
    MAX(occurred_at) AS last_at
FROM {{ ref('stg_orders') }}
GROUP BY customer_id, kind, currency, event_hour, ingest_minute
