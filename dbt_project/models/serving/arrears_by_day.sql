-- One row per currency and day, from the first entry through the day asked for.
WITH spans AS (
    SELECT
        currency,
        arrayJoin(owed_spans) AS span
    FROM {{ ref('invoice_histories') }}
),

-- A span opens on its first day and closes after its last; it is overdue from its first day past due on, if it gets there.
changes AS (
    SELECT
        currency,
        arrayJoin([
            (span.1, 1, span.3, 0, toDecimal128(0, 2)),
            (span.2, -1, -span.3, 0, toDecimal128(0, 2)),
            (least(span.4, span.2), 0, toDecimal128(0, 2), 1, span.3),
            (span.2, 0, toDecimal128(0, 2), -1, -span.3)
        ]) AS change
    FROM spans
),

days AS (
    SELECT
        currency,
        change.1 AS changed_on,
        sum(change.2) AS invoices,
        sum(change.3) AS balance,
        sum(change.4) AS overdue_invoices,
        sum(change.5) AS overdue
    FROM changes
    GROUP BY currency, changed_on
),

running AS (
    SELECT
        currency,
        changed_on,
        leadInFrame(changed_on, 1, addDays({{ business_day(as_of()) }}, 1)) OVER following AS next_changed_on,
        sum(invoices) OVER past AS open_invoices,
        sum(balance) OVER past AS open,
        sum(overdue_invoices) OVER past AS overdue_invoices,
        sum(overdue) OVER past AS overdue
    FROM days
    WINDOW
        past AS (PARTITION BY currency ORDER BY changed_on ROWS UNBOUNDED PRECEDING),
        following AS (PARTITION BY currency ORDER BY changed_on ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
)

SELECT
    currency,
    addDays(changed_on, arrayJoin(range(toUInt32(greatest(dateDiff('day', changed_on, next_changed_on), 0))))) AS arrears_day,
    open_invoices,
    open,
    overdue_invoices,
    overdue,
    {{ share_of('toFloat64(overdue)', 'toFloat64(open)') }} AS overdue_share
FROM running
