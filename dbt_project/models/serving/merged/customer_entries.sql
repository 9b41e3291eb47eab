-- One row per row of any subject's deltas in either layer that names a customer, as entries of its timeline. Add them up.
-- `moment_at` is the finest time that the subject's deltas group by, so that no entry depends on the minute of arrival.
SELECT
    customer_id,
    'demand' AS subject,
    kind,
    '' AS detail,
    currency,
    toDateTime64(event_hour, 3, 'UTC') AS moment_at,
    events,
    units,
    amount,
    first_at,
    last_at
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales, and below anonymous feedback, are no customer's.
WHERE customer_id != ''
UNION ALL
SELECT
    customer_id,
    'feedback' AS subject,
    kind,
    {{ detail_list([
        ('channel', 'channel', "channel != ''"), ('rating', 'rating', 'rating > 0'), ('NPS', 'nps', 'nps >= 0'),
        ('sentiment', 'sentiment_label', "sentiment_label != 'none'")
    ]) }} AS detail,
    '' AS currency,
    toDateTime64(event_hour, 3, 'UTC') AS moment_at,
    events,
    0 AS units,
    toDecimal128(0, 2) AS amount,
    first_at,
    last_at
FROM {{ ref('united_customer_feedback') }}
WHERE customer_id != ''
UNION ALL
SELECT
    customer_id,
    'arrears' AS subject,
    kind,
    {{ detail_list([('invoice', 'invoice_id', '1'), ('due', 'due_date', "kind IN ('invoiced', 'promised')")]) }} AS detail,
    currency,
    occurred_at AS moment_at,
    events,
    0 AS units,
    amount,
    occurred_at AS first_at,
    occurred_at AS last_at
FROM {{ ref('united_invoices') }}
UNION ALL
SELECT
    customer_id,
    'customers' AS subject,
    'recorded' AS kind,
    {{ detail_list([
        ('country', 'country', "country != ''"), ('segment', 'segment', "segment != ''"), ('consent', 'consent', '1'),
        ('credit limit', 'credit_limit', 'credit_limit >= 0')
    ]) }} AS detail,
    currency,
    occurred_at AS moment_at,
    events,
    0 AS units,
    toDecimal128(0, 2) AS amount,
    occurred_at AS first_at,
    occurred_at AS last_at
FROM {{ ref('united_customer_profile') }}
