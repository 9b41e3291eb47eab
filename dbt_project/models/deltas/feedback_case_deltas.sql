-- One row per case, customer, order, product, category, channel, kind and minute of arrival. ClickHouse and Flink both run it.
SELECT
    feedback_id,
    customer_id,
    order_id,
    product_id,
    category,
    channel,
    kind,
    ingest_minute,
    COUNT(*) AS events,
    MIN(occurred_at) AS first_at,
    MAX(occurred_at) AS last_at
FROM {{ ref('stg_feedback_enriched') }}
GROUP BY feedback_id, customer_id, order_id, product_id, category, channel, kind, ingest_minute
