-- One row per customer whom feedback names: its figures as one value.
SELECT
    customer_id,
    max(last_at) AS last_event_at,
    -- Answers count for kind rated only, as in customer_feedback. Of two at the same moment the higher one, so that all readers agree.
    {{ named_tuple([
        ('ratings', "sumIf(events, kind = 'rated' AND rating > 0)"),
        ('ratings_sum', "sumIf(events * rating, kind = 'rated')"),
        ('last_rating', "argMaxOrNullIf(rating, (last_at, rating), kind = 'rated' AND rating > 0)"),
        ('last_nps', "argMaxOrNullIf(nps, (last_at, nps), kind = 'rated' AND nps >= 0)"),
        ('complaints', "sumIf(events, kind = 'complained')"),
        ('last_feedback_at', "maxOrNullIf(last_at, kind IN " ~ customer_kinds() ~ ")")
    ]) }} AS feedback
FROM {{ ref('united_customer_feedback') }}
-- Anonymous feedback is no customer's.
WHERE customer_id != ''
GROUP BY customer_id
{{ names_in_tuples() }}
