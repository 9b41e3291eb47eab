-- What happened to one customer, the newest first.
SELECT
    moment,
    until,
    subject,
    kind,
    details,
    amount,
    currency,
    events
FROM serving.customer_timeline
WHERE customer_id = {customer:String}
ORDER BY moment DESC, subject ASC, kind ASC, details ASC, currency ASC
LIMIT {entries:UInt32}
