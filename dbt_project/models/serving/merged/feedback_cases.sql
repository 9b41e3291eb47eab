-- One row per case in which a customer has spoken.
WITH steps AS (
    SELECT
        feedback_id,
        -- What opened the case says whose it is; of two at the same moment, the first in the alphabet, so that all readers agree.
        argMinIf(
            (customer_id, order_id, product_id, category, channel),
            (first_at, customer_id, order_id, product_id, category, channel),
            kind IN {{ customer_kinds() }}
        ) AS opening,
        minOrNullIf(first_at, kind IN {{ customer_kinds() }}) AS opened_at,
        minOrNullIf(first_at, kind = 'complained') AS complained_at,
        minOrNullIf(first_at, kind = 'replied') AS first_replied_at,
        maxOrNullIf(last_at, kind = 'replied') AS last_replied_at,
        maxOrNullIf(last_at, kind = 'resolved') AS last_resolved_at,
        maxOrNullIf(last_at, kind IN ('complained', 'reopened')) AS last_pressed_at,
        sumIf(events, kind = 'reopened') AS reopenings
    FROM {{ ref('united_feedback_cases') }}
    GROUP BY feedback_id
)

SELECT
    feedback_id,
    opening.1 AS customer_id,
    opening.2 AS order_id,
    opening.3 AS product_id,
    opening.4 AS category,
    opening.5 AS channel,
    opened_at,
    complained_at,
    first_replied_at,
    if(isNull(last_resolved_at), complained_at, last_pressed_at) AS waiting_since,
    last_replied_at,
    reopenings,
    isNotNull(last_resolved_at) AND (isNull(last_pressed_at) OR last_resolved_at >= last_pressed_at) AS is_resolved,
    isNotNull(complained_at) AND NOT is_resolved AS is_open_complaint,
    -- Clocks that disagree make no negative time.
    if(first_replied_at >= opened_at, dateDiff('millisecond', opened_at, first_replied_at) / 1000, NULL) AS first_reply_seconds,
    if(is_resolved AND last_resolved_at >= opened_at, dateDiff('millisecond', opened_at, last_resolved_at) / 1000, NULL) AS resolution_seconds
FROM steps
WHERE isNotNull(opened_at)
