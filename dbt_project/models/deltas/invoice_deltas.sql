-- One row per invoice, currency, kind, due date, moment and minute of arrival. ClickHouse and Flink both run this SELECT.
SELECT
    customer_id,
    invoice_id,
    currency,
    kind,
    due_date,
    occurred_at,
    ingest_minute,
    COUNT(*) AS events,
    SUM(amount) AS amount
FROM {{ ref('stg_receivables') }}
GROUP BY customer_id, invoice_id, currency, kind, due_date, occurred_at, ingest_minute
