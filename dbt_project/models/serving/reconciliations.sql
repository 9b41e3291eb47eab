-- One row per reconciliation and delta model.
SELECT
    run_id,
    reconciled_at,
    toString(definition) AS definition,
    generation,
    toString(model) AS model,
    range_start,
    range_end,
    toInt64(rows_compared) AS rows_compared,
    toInt64(rows_different) AS rows_different,
    arrayStringConcat(arrayMap((reason, rows) -> concat(reason, ': ', toString(rows)), mapKeys(reasons), mapValues(reasons)), ', ') AS reasons
FROM {{ source('ops', 'reconciliations') }}
