-- One row per valid record of the range, duplicates included.
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
WHERE
    {{ arrived_in_range() }}
    AND reject_reason = ''
