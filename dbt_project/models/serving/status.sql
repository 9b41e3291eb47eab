-- One row: what the figures rest on.
WITH
{{ live() }} AS live,

(
    SELECT max(published_at) FROM {{ source('ops', 'publications') }}
    WHERE definition = '{{ var("definition") }}' AND generation = live.1 AND boundary = live.2
) AS newest_publication,

{{ newest_speed_minute() }} AS newest_speed_minute,

(
    SELECT argMax(run_id, reconciled_at) FROM {{ source('ops', 'reconciliations') }}
    WHERE definition = '{{ var("definition") }}'
) AS newest_reconciliation,

(
    SELECT (max(reconciled_at), sum(rows_compared), sum(rows_different)) FROM {{ source('ops', 'reconciliations') }}
    WHERE run_id = newest_reconciliation
) AS reconciliation,

(
    SELECT count() FROM {{ source('ops', 'rejects') }} FINAL
    WHERE generation = live.1
) AS rejected,

-- A recomputation reads all of raw: what had come late by then counts in the generation that it began.
(
    SELECT sum(late_records) FROM {{ source('ops', 'landed') }} FINAL
    WHERE
        landed_at >= (
            -- The last of them: a computation that failed is begun again under the same number.
            SELECT max(begun_at) FROM {{ source('ops', 'builds') }}
            WHERE definition = '{{ var("definition") }}' AND generation = live.1 AND range_start = toDateTime(0, 'UTC')
        )
) AS late

SELECT
    '{{ var("definition") }}' AS definition,
    coalesce(live.1, 0) AS generation,
    coalesce(live.2, toDateTime(0, 'UTC')) AS boundary,
    -- Nothing is published, or compared, or written yet: the engine's zero, 1970, would read as a moment.
    nullIf(newest_publication, toDateTime64(0, 3, 'UTC')) AS published_at,
    if(live.2 = toDateTime(0, 'UTC'), NULL, dateDiff('second', live.2, now('UTC'))) AS batch_age_seconds,
    nullIf(newest_speed_minute, toDateTime(0, 'UTC')) AS speed_newest_minute,
    greatest(dateDiff('second', speed_newest_minute, now('UTC')) - 60, 0) AS speed_age_seconds,
    toInt64(coalesce(rejected, 0)) AS rejects,
    toInt64(coalesce(late, 0)) AS late_records,
    nullIf(reconciliation.1, toDateTime64(0, 3, 'UTC')) AS reconciled_at,
    toInt64(coalesce(reconciliation.2, 0)) AS rows_compared,
    toInt64(coalesce(reconciliation.3, 0)) AS rows_different
