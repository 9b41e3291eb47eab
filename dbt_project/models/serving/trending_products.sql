-- One row per product that sold since the start of the previous clock hour.
-- Its baseline: the same clock hours of the seven days before, the current one counted as far as it has passed. Of a platform
-- that knows fewer days, these: everything would trend in its first week.
WITH
toStartOfHour(now('UTC')) AS current_hour,
subtractHours(current_hour, 1) AS window_start,
dateDiff('second', current_hour, now('UTC')) / 3600 AS current_share,

sales AS (
    SELECT
        product_id,
        -- Of two in one hour the last in the alphabet, so that all readers agree.
        argMaxIf(category, (event_hour, category), category != '') AS category,
        least(7, intDiv(dateDiff('hour', min(min(event_hour)) OVER (), window_start), 24)) AS baseline_days,
        sumIf(units, event_hour >= window_start) AS recent_units,
        sumIf(events, event_hour >= window_start) AS recent_order_lines,
        sumIf(units, event_hour < window_start AND toHour(event_hour) = toHour(window_start)) AS units_before_in_previous_hour,
        sumIf(units, event_hour < window_start AND toHour(event_hour) = toHour(current_hour)) AS units_before_in_current_hour
    FROM (
        SELECT
            product_id,
            category,
            event_hour,
            events,
            units
        FROM {{ ref('united_product_demand') }}
        WHERE
            product_id != ''
            AND kind = 'placed'
            AND event_hour >= subtractDays(window_start, 7)
            AND event_hour <= current_hour
    )
    GROUP BY product_id
),

compared AS (
    SELECT
        *,
        if(
            baseline_days > 0, (units_before_in_previous_hour + units_before_in_current_hour * current_share) / baseline_days, NULL
        ) AS expected_units
    FROM sales
    WHERE recent_order_lines > 0
)

SELECT
    product_id,
    category,
    window_start,
    recent_order_lines AS order_lines,
    recent_units AS units,
    round(expected_units, 3) AS baseline_units,
    -- One unit added on both sides: the first sale ever of a product is no infinite rise.
    round((recent_units + 1) / (expected_units + 1), 3) AS lift,
    round((recent_units - expected_units) / sqrt(expected_units + 1), 3) AS score,
    toBool(
        baseline_days >= {{ var('trending_days_least') }} AND recent_order_lines >= {{ var('trending_order_lines') }}
        AND coalesce(lift, 0) >= {{ var('trending_lift') }}
    ) AS is_trending
FROM compared
