-- One row per valid, distinct customer event: the first to arrive of each event_id within the state's time to live.
-- The batch layer's counterpart is dbt_project/models/staging/stg_customers.sql: same columns, same rows.
-- The range is applied after deduplication: an event before it still makes a later one a duplicate.
SELECT
    event_id,
    customer_id,
    COALESCE(name, '') AS name,
    COALESCE(email, '') AS email,
    COALESCE(country, '') AS country,
    COALESCE(segment, '') AS segment,
    COALESCE(credit_limit, CAST(-1 AS DECIMAL(18, 2))) AS credit_limit,
    currency,
    consent,
    occurred_at,
    FLOOR(occurred_at TO HOUR) AS event_hour,
    FLOOR(CAST(append_time AS TIMESTAMP(3)) TO MINUTE) AS ingest_minute,
    CAST(record_partition AS BIGINT) AS `partition`,
    record_offset AS `offset`,
    CAST(append_time AS TIMESTAMP(3)) AS append_time
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processed_at) AS arrival
    FROM customers
)
WHERE
    arrival = 1
    AND CAST(append_time AS TIMESTAMP(3)) >= TIMESTAMP '{{ covers_from }}'
