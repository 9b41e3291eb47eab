-- One row per product, category, channel, kind, answers, sentiment, hour of the event and minute of arrival. Both engines run it.
SELECT
    product_id,
    category,
    channel,
    kind,
    rating,
    nps,
    sentiment_label,
    event_hour,
    ingest_minute,
    COUNT(*) AS events,
    SUM(has_text) AS texts
FROM {{ ref('stg_feedback_enriched') }}
GROUP BY product_id, category, channel, kind, rating, nps, sentiment_label, event_hour, ingest_minute
