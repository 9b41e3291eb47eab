-- One row per valid, distinct receivables event: the first to arrive of each event_id within the state's time to live.
-- The batch layer's counterpart is dbt_project/models/staging/stg_receivables.sql: same columns, same rows.
-- The range is applied after deduplication: an event before it still makes a later one a duplicate.
SELECT
    event_id,
    kind,
    invoice_id,
    customer_id,
    COALESCE(due_date, CAST(occurred_at AS DATE)) AS due_date,
    amount,
    currency,
    occurred_at,
    FLOOR(occurred_at TO HOUR) AS event_hour,
    FLOOR(CAST(append_time AS TIMESTAMP(3)) TO MINUTE) AS ingest_minute
FROM (
    SELECT
        *,
        ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY processed_at) AS arrival
    FROM receivables
)
WHERE
    arrival = 1
    AND CAST(append_time AS TIMESTAMP(3)) >= TIMESTAMP '{{ covers_from }}'
