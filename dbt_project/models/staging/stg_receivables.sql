-- One row per valid event: the first to arrive of each event_id in the generation.
-- The speed layer's counterpart is speed_layer/sql/flink/stg_receivables.sql: same columns, same rows.
SELECT
    event_id,
    kind,
    invoice_id,
    customer_id,
    due_date,
    amount,
    currency,
    occurred_at,
    event_hour,
    ingest_minute,
    `partition`,
    offset,
    append_time
FROM {{ ref('arrived_receivables') }}
{%- if not range_is_whole() %}
WHERE
    -- Looked up through the table's primary index, for the ids that arrived only: the cost follows what is new.
    event_id NOT IN (
        SELECT event_id FROM {{ this }}
        WHERE
            generation = {{ generation() }}
            AND event_id IN (SELECT event_id FROM {{ ref('arrived_receivables') }})
    )
{%- endif %}
-- The order of the table that is read, so that neither the sort nor the deduplication holds the range in memory.
ORDER BY event_id, append_time, `partition`, offset
LIMIT 1 BY event_id
