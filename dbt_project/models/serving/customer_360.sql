-- One row per customer that any subject knows.
WITH totals AS (
    SELECT
        customer_id,
        argMax(record, place) AS latest,
        sumIf(first_lines, subject = 'demand' AND kind = 'placed') AS orders,
        sumIf(events, subject = 'demand' AND kind = 'placed') AS order_lines,
        sumIf(events, subject = 'demand' AND kind = 'cancelled') AS cancelled_lines,
        sumIf(events, subject = 'demand' AND kind = 'returned') AS returned_lines,
        sumMapIf(map(currency, amount), subject = 'demand' AND kind = 'placed') AS gross,
        sumMapIf(
            map(currency, if(kind IN ('cancelled', 'returned'), -amount, amount)),
            subject = 'demand' AND kind IN ('placed', 'cancelled', 'returned', 'adjusted')
        ) AS net,
        sumMapIf(map(currency, amount), subject = 'demand' AND kind = 'paid') AS paid,
        minOrNullIf(first_at, subject = 'demand' AND kind = 'placed') AS first_order_at,
        maxOrNullIf(last_at, subject = 'demand' AND kind = 'placed') AS last_order_at,
        max(last_at) AS last_event_at
    FROM {{ ref('customer_subjects') }}
    GROUP BY customer_id
)

SELECT
    customer_id,
    latest.name AS name,
    latest.email AS email,
    latest.country AS country,
    latest.segment AS segment,
    latest.consent AS consent,
    latest.credit_limit AS credit_limit,
    latest.currency AS credit_currency,
    latest.changed_at AS profile_changed_at,
    orders,
    order_lines,
    cancelled_lines,
    returned_lines,
    gross,
    net,
    paid,
    first_order_at,
    last_order_at,
    age('day', last_order_at, now64(3, 'UTC')) AS days_since_last_order,
    last_event_at
FROM totals
