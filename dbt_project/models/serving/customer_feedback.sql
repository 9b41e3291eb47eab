-- One row per customer who has given feedback.
WITH totals AS (
    SELECT
        customer_id,
        {{ feedback_counts() }},
        minOrNullIf(first_at, kind IN {{ customer_kinds() }}) AS first_feedback_at,
        maxOrNullIf(last_at, kind IN {{ customer_kinds() }}) AS last_feedback_at
    FROM {{ ref('united_customer_feedback') }}
    -- Anonymous feedback is no customer's.
    WHERE customer_id != ''
    GROUP BY customer_id
    HAVING isNotNull(first_feedback_at)
),

cases AS (
    SELECT
        customer_id AS opener,
        {{ case_figures() }}
    FROM {{ ref('feedback_cases') }}
    GROUP BY opener
),

demand AS (
    SELECT
        customer_id AS buyer,
        sumIf(first_lines, kind = 'placed') AS placed_orders
    FROM {{ ref('united_customer_demand') }}
    GROUP BY buyer
)

SELECT
    customer_id,
    {{ feedback_figures() }},
    coalesce(placed_orders, 0) AS orders,
    {{ per_thousand('complaints', 'orders') }} AS complaints_per_1000_orders,
    {{ joined_case_figures() }},
    first_feedback_at,
    last_feedback_at
FROM totals
LEFT JOIN cases ON totals.customer_id = cases.opener
LEFT JOIN demand ON totals.customer_id = demand.buyer
