-- One row per valid event: the first to arrive of each event_id in the generation.
-- The speed layer's counterpart is speed_layer/sql/flink/stg_customers.sql: same columns, same rows.
SELECT
    event_id,
    customer_id,
    coalesce(name, '') AS name,
    coalesce(email, '') AS email,
    coalesce(country, '') AS country,
    coalesce(segment, '') AS segment,
    -- Below the contract's minimum: 0 is a limit, too.
    coalesce(credit_limit, -1) AS credit_limit,
    currency,
    consent,
    occurred_at,
    toStartOfHour(occurred_at) AS event_hour,
    toStartOfMinute(append_time) AS ingest_minute,
    `partition`,
    offset,
    append_time
FROM {{ source('raw', 'customers_events') }}
WHERE {{ arrives('customers') }}
ORDER BY event_id, append_time, `partition`, offset
LIMIT 1 BY event_id
