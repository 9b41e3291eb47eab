-- Totals by kind and currency that differ between the range's raw records and what either delta model is about to serve.
-- The raw side is independent of dbt: it counts the first record of every valid event_id that came in no earlier range.
WITH
firsts AS (
    SELECT argMin((kind, currency, quantity, amount), (append_time, partition, offset)) AS first
    FROM raw.orders_events
    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }} AND reject_reason = ''
{% if range_start.year > 1970 %}
        AND event_id NOT IN (
            SELECT event_id
            FROM batch.{{ table('stg_orders') }}
            WHERE generation = {{ generation }} AND ingest_minute < {{ range_start | literal }}
                -- Only ids that arrived: the lookup goes by the primary key, and one field is parsed.
                AND event_id IN (
                    SELECT JSONExtractString(assumeNotNull(value), 'event_id')
                    FROM raw.orders
                    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
                )
        )
{% endif %}
    GROUP BY event_id
),

sides AS (
    SELECT
        'raw' AS side, toString(first.1) AS kind, toString(first.2) AS currency,
        toInt64(count()) AS events, toInt64(sum(toInt64(first.3))) AS units, CAST(sum(toDecimal128(first.4, 2)), 'Decimal(38, 2)') AS amount
    FROM firsts
    GROUP BY kind, currency
{% for model in ('customer_demand_deltas', 'product_demand_deltas') %}
    UNION ALL
    SELECT {{ model | literal }}, kind, currency, sum(events), sum(units), sum(amount)
    FROM batch.{{ table(model) }}
    WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
    GROUP BY kind, currency
{% endfor %}
)

SELECT kind, currency, groupArray((side, events, units, amount)) AS totals_by_side
FROM sides
GROUP BY kind, currency
HAVING length(totals_by_side) != 3 OR uniqExact((events, units, amount)) > 1
LIMIT {{ shown }}
