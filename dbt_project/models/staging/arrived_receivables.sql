-- One row per valid record of the range, duplicates included.
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
WHERE
    {{ arrived_in_range() }}
    AND reject_reason = ''
