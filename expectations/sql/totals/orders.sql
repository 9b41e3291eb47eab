-- Totals by currency that differ between the range's raw records and what either delta model is about to serve.
-- The raw side is independent of dbt: it counts the first record of every valid event_id that came in no earlier range.
WITH
    firsts AS (
        SELECT argMin((kind, currency, amount), (append_time, partition, offset)) AS first
        FROM raw.orders_events
        WHERE append_time >= {{ range_start | literal }} AND append_time < {{ range_end | literal }} AND reject_reason = ''
          AND event_id NOT IN (
              SELECT event_id
              FROM batch.{{ table('stg_orders') }}
              WHERE generation = {{ generation }} AND ingest_minute < {{ range_start | literal }}
                -- Only ids that arrived: the lookup goes by the primary key, and one field is parsed.
                AND event_id IN (
                    SELECT JSONExtractString(assumeNotNull(value), 'event_id')
                    FROM raw.orders
                    WHERE append_time >= {{ range_start | literal }} AND append_time < {{ range_end | literal }}
                )
          )
        GROUP BY event_id
    ),
    sides AS (
        SELECT
            'raw' AS side, toString(first.2) AS currency, toInt64(count()) AS events,
            CAST(sum(toDecimal128(if(first.1 = 'placed', first.3, 0), 2)), 'Decimal(38, 2)') AS gross,
            CAST(sum(toDecimal128(if(first.1 = 'cancelled', first.3, 0), 2)), 'Decimal(38, 2)') AS cancelled,
            CAST(sum(toDecimal128(if(first.1 = 'returned', first.3, 0), 2)), 'Decimal(38, 2)') AS returned,
            CAST(sum(toDecimal128(if(first.1 = 'adjusted', first.3, 0), 2)), 'Decimal(38, 2)') AS adjusted,
            CAST(sum(toDecimal128(if(first.1 = 'paid', first.3, 0), 2)), 'Decimal(38, 2)') AS paid
        FROM firsts
        GROUP BY currency
{% for model in ('customer_demand_deltas', 'product_demand_deltas') %}
        UNION ALL
        SELECT {{ model | literal }}, currency, sum(events), sum(gross), sum(cancelled), sum(returned), sum(adjusted), sum(paid)
        FROM batch.{{ table(model) }}
        WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
        GROUP BY currency
{% endfor %}
    )
SELECT
    currency,
    groupArray((side, events, gross, cancelled, returned, adjusted, paid)) AS totals_by_side
FROM sides
GROUP BY currency
HAVING length(totals_by_side) != 3 OR uniqExact((events, gross, cancelled, returned, adjusted, paid)) > 1
LIMIT {{ shown }}
