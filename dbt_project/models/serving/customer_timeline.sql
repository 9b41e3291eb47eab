-- One row per customer, subject, kind, details, currency and moment; events of demand and feedback are grouped by the hour.
SELECT
    customer_id,
    min(first_at) AS moment,
    max(last_at) AS until,
    subject,
    kind,
    if(subject = 'demand' AND sum(units) != 0, concat(toString(sum(units)), ' units'), detail) AS details,
    if(subject IN ('demand', 'arrears'), sum(amount), NULL) AS amount,
    currency,
    sum(events) AS events
FROM {{ ref('customer_entries') }}
GROUP BY customer_id, subject, kind, detail, currency, moment_at
