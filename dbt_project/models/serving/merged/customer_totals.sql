-- One row per customer that any subject knows, its money in maps by currency.
SELECT
    customer_id,
    argMax(record, place) AS latest,
    max(last_at) AS last_event_at,
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
    -- Answers count for kind rated only, as in customer_feedback.
    sumIf(events, kind = 'rated' AND rating > 0) AS ratings,
    sumIf(events * rating, kind = 'rated' AND rating > 0) AS ratings_sum,
    -- Of two answers at the same moment the higher one, so that all readers agree.
    argMaxOrNullIf(rating, (last_at, rating), kind = 'rated' AND rating > 0) AS last_rating,
    argMaxOrNullIf(nps, (last_at, nps), kind = 'rated' AND nps >= 0) AS last_nps,
    sumIf(events, kind = 'complained') AS complaints,
    maxOrNullIf(last_at, subject = 'feedback' AND kind IN {{ customer_kinds() }}) AS last_feedback_at,
    toInt64(countIf(subject = 'arrears' AND amount > 0)) AS open_invoices,
    toInt64(countIf(days_past_due > 0)) AS overdue_invoices,
    sumMapIf(map(currency, amount), subject = 'arrears' AND amount > 0) AS open,
    sumMapIf(map(currency, amount), days_past_due > 0) AS overdue,
    max(days_past_due) AS most_days_past_due
FROM {{ ref('customer_subjects') }}
GROUP BY customer_id
