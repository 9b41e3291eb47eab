-- One row per customer, kind, channel, answers, sentiment, hour of the event and minute of arrival. ClickHouse and Flink both run it.
SELECT
    customer_id,
    kind,
    channel,
    rating,
    nps,
    sentiment_label,
    event_hour,
    ingest_minute,
    COUNT(*) AS events,
    SUM(has_text) AS texts,
    MIN(occurred_at) AS first_at,
    MAX(occurred_at) AS last_at
FROM {{ ref('stg_feedback_enriched') }}
GROUP BY customer_id, kind, channel, rating, nps, sentiment_label, event_hour, ingest_minute
