-- One row per hour and channel with negative feedback, beside what that weekday's hour usually has in that channel.
-- Negative: a complaint, a rating of 1 or 2, an answer from 0 to 6 to the question of the Net Promoter Score, a negative text.
WITH hours AS (
    SELECT
        channel,
        event_hour AS counted_hour,
        sumIf(
            events, kind = 'complained' OR sentiment_label = 'negative' OR (kind = 'rated' AND (rating BETWEEN 1 AND 2 OR nps BETWEEN 0 AND 6))
        ) AS negative
    FROM {{ ref('united_product_feedback') }}
    WHERE kind IN {{ customer_kinds() }}
    GROUP BY channel, counted_hour
),

channels AS (
    SELECT
        channel AS known_channel,
        min(counted_hour) AS first_hour
    FROM hours
    GROUP BY known_channel
),

-- Each hour counts for itself (0 weeks later) and in the baseline of the same hour in the weeks that follow.
spread AS (
    SELECT
        channel,
        arrayJoin(range({{ var('feedback_spike_weeks') }} + 1)) AS weeks_later,
        addWeeks(counted_hour, weeks_later) AS event_hour,
        negative
    FROM hours
),

compared AS (
    SELECT
        channel,
        event_hour,
        sumIf(negative, weeks_later = 0) AS hour_negative,
        sumIf(negative, weeks_later > 0) AS negative_before,
        -- A channel that is younger than the baseline has been silent in fewer weeks.
        least({{ var('feedback_spike_weeks') }}, intDiv(dateDiff('hour', any(first_hour), event_hour), 168)) AS baseline_weeks
    FROM spread
    INNER JOIN channels ON spread.channel = channels.known_channel
    GROUP BY channel, event_hour
    HAVING hour_negative > 0
)

SELECT
    event_hour,
    channel,
    hour_negative AS negative,
    toInt64(baseline_weeks) AS baseline_weeks,
    if(baseline_weeks > 0, round(negative_before / baseline_weeks, 4), NULL) AS baseline,
    round((negative - baseline) / sqrt(baseline + 1), 3) AS score,
    toBool(
        baseline_weeks >= {{ var('feedback_spike_weeks_least') }} AND negative >= {{ var('feedback_spike_events') }}
        AND coalesce(score, 0) >= {{ var('feedback_spike_score') }}
    ) AS is_spike
FROM compared
