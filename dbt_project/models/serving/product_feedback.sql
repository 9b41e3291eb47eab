-- One row per product that feedback was given on.
WITH totals AS (
    SELECT
        product_id,
        -- Of two in one hour the last in the alphabet, so that all readers agree.
        argMaxIf(category, (event_hour, category), category != '' AND kind IN {{ customer_kinds() }}) AS category,
        {{ feedback_counts() }}
    FROM {{ ref('united_product_feedback') }}
    WHERE product_id != ''
    GROUP BY product_id
    HAVING countIf(kind IN {{ customer_kinds() }}) > 0
),

cases AS (
    SELECT
        product_id AS product_of_case,
        {{ case_figures() }}
    FROM {{ ref('feedback_cases') }}
    GROUP BY product_of_case
),

demand AS (
    SELECT
        product_id AS product_sold,
        sumIf(events, kind = 'placed') AS placed_lines
    FROM {{ ref('united_product_demand') }}
    GROUP BY product_sold
)

SELECT
    product_id,
    category,
    {{ feedback_figures() }},
    coalesce(placed_lines, 0) AS order_lines,
    {{ per_thousand('complaints', 'order_lines') }} AS complaints_per_1000_order_lines,
    {{ joined_case_figures() }}
FROM totals
LEFT JOIN cases ON totals.product_id = cases.product_of_case
LEFT JOIN demand ON totals.product_id = demand.product_sold
