-- One row per valid event: the first to arrive of each event_id in the generation.
-- The speed layer's counterpart is speed_layer/sql/flink/stg_receivables.sql: same columns, same rows.
SELECT
    event_id,
    kind,
    invoice_id,
    customer_id,
    coalesce(due_date, toDate32(occurred_at, 'UTC')) AS due_date,
    amount,
    currency,
    occurred_at,
    toStartOfHour(occurred_at) AS event_hour,
    toStartOfMinute(append_time) AS ingest_minute,
    `partition`,
    offset,
    append_time
FROM {{ source('raw', 'receivables_events') }}
WHERE {{ arrives('receivables') }}
ORDER BY event_id, append_time, `partition`, offset
LIMIT 1 BY event_id
