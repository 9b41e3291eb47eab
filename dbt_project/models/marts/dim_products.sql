-- One row per product of the events before the boundary.
SELECT
    product_id,
    argMax(category, (append_time, `partition`, offset)) AS category,
    min(occurred_at) AS first_seen_at,
    max(occurred_at) AS last_seen_at
FROM {{ ref('fct_order_events') }}
WHERE product_id != ''
GROUP BY product_id
