-- Totals by kind and currency that differ between the range's raw records and what the delta model is about to serve.
-- The raw side is independent of dbt: it counts the first record of every valid event_id that came in no earlier range.
WITH
firsts AS (
    SELECT argMin((kind, currency, amount), (append_time, partition, offset)) AS first
    FROM raw.receivables_events
    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }} AND reject_reason = ''
{% if range_start.year > 1970 %}
        AND event_id NOT IN (
            SELECT event_id
            FROM batch.{{ table('stg_receivables') }}
            WHERE generation = {{ generation }} AND ingest_minute < {{ range_start | literal }}
                -- Only ids that arrived: the lookup goes by the primary key, and one field is parsed.
                AND event_id IN (
                    SELECT JSONExtractString(assumeNotNull(value), 'event_id')
                    FROM raw.receivables
                    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
                )
        )
{% endif %}
    GROUP BY event_id
),

sides AS (
    SELECT
        'raw' AS side, toString(first.1) AS kind, toString(first.2) AS currency,
        toInt64(count()) AS events, CAST(sum(toDecimal128(first.3, 2)), 'Decimal(38, 2)') AS amount
    FROM firsts
    GROUP BY kind, currency
    UNION ALL
    SELECT 'invoice_deltas', kind, currency, sum(events), sum(amount)
    FROM batch.{{ table('invoice_deltas') }}
    WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
    GROUP BY kind, currency
)

SELECT kind, currency, groupArray((side, events, amount)) AS totals_by_side
FROM sides
GROUP BY kind, currency
HAVING length(totals_by_side) != 2 OR uniqExact((events, amount)) > 1
LIMIT {{ shown }}
