-- One row per customer whom feedback names: its figures as one value.
SELECT
    customer_id,
    max(last_at) AS last_event_at,
    CAST(
        (
            -- Answers count for kind rated only, as in customer_feedback.
            sumIf(events, kind = 'rated' AND rating > 0),
            sumIf(events * rating, kind = 'rated'),
            -- Of two answers at the same moment the higher one, so that all readers agree.
            argMaxOrNullIf(rating, (last_at, rating), kind = 'rated' AND rating > 0),
            argMaxOrNullIf(nps, (last_at, nps), kind = 'rated' AND nps >= 0),
            sumIf(events, kind = 'complained'),
            maxOrNullIf(last_at, kind IN {{ customer_kinds() }})
        ),
        {{ type_of('feedback') }}
    ) AS feedback
FROM {{ ref('united_customer_feedback') }}
-- Anonymous feedback is no customer's.
WHERE customer_id != ''
GROUP BY customer_id
