-- Customers, records and limits by currency that differ between the range's raw records and what the delta model is about to serve.
-- The raw side is independent of dbt: it counts the first record of every valid event_id that came in no earlier range.
WITH
firsts AS (
    SELECT argMin((customer_id, currency, credit_limit), (append_time, partition, offset)) AS first
    FROM raw.customers_events
    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }} AND reject_reason = ''
{% if range_start.year > 1970 %}
        AND event_id NOT IN (
            SELECT event_id
            FROM batch.{{ table('stg_customers') }}
            WHERE generation = {{ generation }} AND ingest_minute < {{ range_start | literal }}
                -- Only ids that arrived: the lookup goes by the primary key, and one field is parsed.
                AND event_id IN (
                    SELECT JSONExtractString(assumeNotNull(value), 'event_id')
                    FROM raw.customers
                    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
                )
        )
{% endif %}
    GROUP BY event_id
),

sides AS (
    SELECT
        'raw' AS side, toString(first.2) AS currency, toInt64(count()) AS events, toInt64(uniqExact(first.1)) AS customers,
        toInt64(countIf(isNotNull(first.3))) AS limits, CAST(sum(coalesce(toDecimal128(first.3, 2), 0)), 'Decimal(38, 2)') AS limits_sum
    FROM firsts
    GROUP BY currency
    UNION ALL
    SELECT
        'customer_profile_deltas', currency, sum(events), toInt64(uniqExact(customer_id)),
        toInt64(countIf(credit_limit >= 0)), CAST(sumIf(credit_limit, credit_limit >= 0), 'Decimal(38, 2)')
    FROM batch.{{ table('customer_profile_deltas') }}
    WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
    GROUP BY currency
)

SELECT currency, groupArray((side, events, customers, limits, limits_sum)) AS totals_by_side
FROM sides
GROUP BY currency
HAVING length(totals_by_side) != 2 OR uniqExact((events, customers, limits, limits_sum)) > 1
LIMIT {{ shown }}
