-- One row per valid, distinct visit: the first to arrive of each event_id within the state's time to live.
SELECT
    event_id,
    COALESCE(customer_id, '') AS customer_id,
    page,
    occurred_at,
    FLOOR(occurred_at TO HOUR) AS event_hour,
    FLOOR(CAST(append_time AS TIMESTAMP(3)) TO MINUTE) AS ingest_minute
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processed_at) AS arrival
    FROM visits
)
WHERE
    arrival = 1
    AND CAST(append_time AS TIMESTAMP(3)) >= TIMESTAMP '{{ covers_from }}'
