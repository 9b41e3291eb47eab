-- One row per hour, channel and category with feedback events.
WITH totals AS (
    SELECT
        event_hour,
        channel,
        category,
        sum(events) AS hour_events,
        {{ feedback_counts() }}
    FROM {{ ref('united_product_feedback') }}
    GROUP BY event_hour, channel, category
),

cases AS (
    SELECT
        toStartOfHour(assumeNotNull(opened_at)) AS opened_hour,
        channel AS opened_channel,
        category AS opened_category,
        {{ case_figures() }}
    FROM {{ ref('feedback_cases') }}
    GROUP BY opened_hour, opened_channel, opened_category
)

SELECT
    event_hour,
    channel,
    category,
    hour_events AS events,
    {{ feedback_figures() }},
    {{ joined_case_figures() }}
FROM totals
-- What opened a case is an event of the same hour, channel and category: no case is without its row.
LEFT JOIN cases ON totals.event_hour = cases.opened_hour AND totals.channel = cases.opened_channel AND totals.category = cases.opened_category
