-- Totals by kind and channel that differ between the range's raw records and what the models with answers are about to serve.
-- The raw side is independent of dbt: it counts the first record of every valid event_id that came in no earlier range.
WITH
firsts AS (
    SELECT argMin((kind, channel, rating, nps, text, sentiment_label), (append_time, partition, offset)) AS first
    FROM raw.feedback_enriched_events
    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }} AND reject_reason = ''
{% if range_start.year > 1970 %}
        AND event_id NOT IN (
            SELECT event_id
            FROM batch.{{ table('stg_feedback_enriched') }}
            WHERE generation = {{ generation }} AND ingest_minute < {{ range_start | literal }}
                -- Only ids that arrived: the lookup goes by the primary key, and one field is parsed.
                AND event_id IN (
                    SELECT JSONExtractString(assumeNotNull(value), 'event_id')
                    FROM raw.feedback_enriched
                    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
                )
        )
{% endif %}
    GROUP BY event_id
),

sides AS (
    SELECT
        'raw' AS side, toString(first.1) AS kind, toString(first.2) AS channel, toInt64(count()) AS events,
        -- What an event without an answer adds is what staging writes for none: 0 for the rating, -1 for the score.
        (
            toInt64(sum(coalesce(first.3, 0))), toInt64(sum(coalesce(first.4, -1))), toInt64(countIf(coalesce(first.5, '') != '')),
            toInt64(countIf(first.6 = 'positive')), toInt64(countIf(first.6 = 'negative'))
        ) AS answers
    FROM firsts
    GROUP BY kind, channel
{% for model in ('customer_feedback_deltas', 'product_feedback_deltas') %}
    UNION ALL
    SELECT
        {{ model | literal }}, kind, channel, sum(events),
        (
            sum(rating * events), sum(nps * events), sum(texts),
            sumIf(events, sentiment_label = 'positive'), sumIf(events, sentiment_label = 'negative')
        )
    FROM batch.{{ table(model) }}
    WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
    GROUP BY kind, channel
{% endfor %}
)

SELECT kind, channel, groupArray((side, events, answers)) AS totals_by_side
FROM sides
GROUP BY kind, channel
HAVING length(totals_by_side) != 3 OR uniqExact((events, answers)) > 1
LIMIT {{ shown }}
