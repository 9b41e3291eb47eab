-- One row per currency, bucket at the earlier instant and bucket at the later one, with invoices open at either.
WITH invoices AS (
    SELECT
        currency,
        sumIf(owed, occurred_at <= {{ since() }}) AS balance_before,
        sum(owed) AS balance,
        {{ due_date(until=since()) }} AS due_before,
        {{ due_date() }} AS due_after,
        {{ days_past_due('balance_before', 'due_before', business_day(since())) }} AS days_before,
        {{ days_past_due('balance', 'due_after', business_day(as_of())) }} AS days_after
    FROM {{ ref('merged_invoice_entries') }}
    GROUP BY customer_id, invoice_id, currency
),

movements AS (
    SELECT
        currency,
        {{ aging_bucket('balance_before', 'days_before', nothing='new') }} AS from_bucket,
        {{ aging_bucket('balance', 'days_after') }} AS to_bucket,
        toInt64(count()) AS invoices,
        sum(balance_before) AS from_balance,
        sum(balance) AS to_balance
    FROM invoices
    -- Nothing moves backwards.
    WHERE (balance_before != 0 OR balance != 0) AND {{ since() }} <= {{ as_of() }}
    GROUP BY currency, from_bucket, to_bucket
)

SELECT
    currency,
    from_bucket,
    to_bucket,
    invoices,
    from_balance,
    to_balance,
    round(invoices / sum(invoices) OVER origin, 4) AS invoice_share,
    if(from_bucket = 'new', NULL, round(toFloat64(from_balance) / toFloat64(sum(from_balance) OVER origin), 4)) AS balance_share
FROM movements
WINDOW origin AS (PARTITION BY currency, from_bucket)
