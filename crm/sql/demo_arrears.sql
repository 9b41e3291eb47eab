-- What the demonstration shows: what was owed at a past instant.
SELECT
    toDate32({as_of:String}) AS owed_on,
    currency,
    countIf(balance > 0) AS open_invoices,
    sumIf(balance, balance > 0) AS open,
    countIf(days_past_due > 0) AS overdue_invoices,
    sumIf(balance, days_past_due > 0) AS overdue
FROM serving.open_invoices_as_of(as_of = {as_of:String})
GROUP BY currency
ORDER BY currency
