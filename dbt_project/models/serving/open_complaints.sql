-- One row per complaint that is not resolved.
SELECT
    feedback_id,
    customer_id,
    order_id,
    product_id,
    category,
    channel,
    assumeNotNull(complained_at) AS complained_at,
    greatest(dateDiff('second', assumeNotNull(complained_at), now64(3, 'UTC')), 0) AS age_seconds,
    first_replied_at,
    reopenings
FROM {{ ref('feedback_cases') }}
WHERE is_open_complaint
