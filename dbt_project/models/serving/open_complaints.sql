-- One row per complaint that is not resolved.
SELECT
    feedback_id,
    customer_id,
    order_id,
    product_id,
    category,
    channel,
    assumeNotNull(complained_at) AS complained_at,
    assumeNotNull(cases.waiting_since) AS waiting_since,
    greatest(dateDiff('second', waiting_since, now64(3, 'UTC')), 0) AS age_seconds,
    first_replied_at,
    toBool(isNotNull(last_replied_at) AND assumeNotNull(last_replied_at) >= waiting_since) AS is_answered,
    reopenings
FROM {{ ref('feedback_cases') }} AS cases
WHERE is_open_complaint
