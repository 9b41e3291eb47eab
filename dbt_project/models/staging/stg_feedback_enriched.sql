-- One row per valid event: the first to arrive of each event_id in the generation.
-- The speed layer's counterpart is speed_layer/sql/flink/stg_feedback_enriched.sql: same columns, same rows.
SELECT
    event_id,
    kind,
    feedback_id,
    coalesce(customer_id, '') AS customer_id,
    coalesce(order_id, '') AS order_id,
    coalesce(product_id, '') AS product_id,
    coalesce(category, '') AS category,
    channel,
    coalesce(rating, 0) AS rating,
    coalesce(nps, -1) AS nps,
    -- The text itself, long and personal, stays in raw.
    if(coalesce(text, '') = '', 0, 1) AS has_text,
    coalesce(language, '') AS language,
    occurred_at,
    coalesce(text_language, '') AS text_language,
    sentiment,
    sentiment_label,
    enrichment_model,
    toStartOfHour(occurred_at) AS event_hour,
    toStartOfMinute(append_time) AS ingest_minute,
    `partition`,
    offset,
    append_time
FROM {{ source('raw', 'feedback_enriched_events') }}
WHERE {{ arrives('feedback_enriched') }}
ORDER BY event_id, append_time, `partition`, offset
LIMIT 1 BY event_id
