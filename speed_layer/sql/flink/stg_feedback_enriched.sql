-- One row per valid, distinct feedback event: the first to arrive of each event_id within the state's time to live.
-- The batch layer's counterpart is dbt_project/models/staging/stg_feedback_enriched.sql: same columns, same rows.
-- The range is applied after deduplication: an event before it still makes a later one a duplicate.
SELECT
    event_id,
    kind,
    feedback_id,
    COALESCE(customer_id, '') AS customer_id,
    COALESCE(order_id, '') AS order_id,
    COALESCE(product_id, '') AS product_id,
    COALESCE(category, '') AS category,
    channel,
    COALESCE(rating, 0) AS rating,
    COALESCE(nps, -1) AS nps,
    CASE WHEN COALESCE(text, '') = '' THEN 0 ELSE 1 END AS has_text,
    COALESCE(`language`, '') AS `language`,
    occurred_at,
    COALESCE(text_language, '') AS text_language,
    sentiment,
    sentiment_label,
    enrichment_model,
    FLOOR(occurred_at TO HOUR) AS event_hour,
    FLOOR(CAST(append_time AS TIMESTAMP(3)) TO MINUTE) AS ingest_minute
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processed_at) AS arrival
    FROM feedback_enriched
)
WHERE
    arrival = 1
    AND CAST(append_time AS TIMESTAMP(3)) >= TIMESTAMP '{{ covers_from }}'
