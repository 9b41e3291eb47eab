-- One row per customer event: who the customer is since then, with its place in the topic. ClickHouse and Flink both run this SELECT.
SELECT
    customer_id,
    append_time,
    `partition`,
    `offset`,
    ingest_minute,
    COUNT(*) AS events,
    MAX(name) AS name,
    MAX(email) AS email,
    MAX(country) AS country,
    MAX(segment) AS segment,
    MAX(credit_limit) AS credit_limit,
    MAX(currency) AS currency,
    MAX(consent) AS consent,
    MAX(occurred_at) AS occurred_at
FROM {{ ref('stg_customers') }}
GROUP BY customer_id, append_time, `partition`, `offset`, ingest_minute
