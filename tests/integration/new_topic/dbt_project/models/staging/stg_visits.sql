-- One row per valid event: the first to arrive of each event_id in the generation.
SELECT
    event_id,
    coalesce(customer_id, '') AS customer_id,
    page,
    occurred_at,
    toStartOfHour(occurred_at) AS event_hour,
    toStartOfMinute(append_time) AS ingest_minute,
    `partition`,
    offset
FROM {{ source('raw', 'visits_events') }}
WHERE {{ arrives('visits') }}
ORDER BY event_id, append_time, `partition`, offset
LIMIT 1 BY event_id
