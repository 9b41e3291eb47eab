-- The currencies of receivables, and the days over which each has something open.
SELECT
    currency,
    min(arrears_day) AS first_day,
    max(arrears_day) AS last_day,
    maxIf(arrears_day, open_invoices > 0) AS last_open_day
FROM serving.arrears_by_day
GROUP BY currency
ORDER BY count() DESC, currency ASC
