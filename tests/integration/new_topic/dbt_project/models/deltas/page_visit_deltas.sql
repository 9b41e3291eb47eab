-- One row per page, hour of the visit and minute of arrival. ClickHouse and Flink both run it.
SELECT
    page,
    event_hour,
    ingest_minute,
    COUNT(*) AS events,
    SUM(CASE WHEN customer_id = '' THEN 1 ELSE 0 END) AS anonymous_visits
FROM {{ ref('stg_visits') }}
GROUP BY page, event_hour, ingest_minute
