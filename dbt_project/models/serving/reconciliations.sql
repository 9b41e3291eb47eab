-- One row per reconciliation and delta model.
SELECT
    run_id,
    reconciled_at,
    CAST(definition, 'String') AS definition,
    generation,
    CAST(model, 'String') AS model,
    range_start,
    range_end,
    toInt64(rows_compared) AS rows_compared,
    toInt64(rows_different) AS rows_different,
    arrayStringConcat(arrayMap((reason, found) -> concat(reason, ': ', toString(found)), mapKeys(reasons), mapValues(reasons)), ', ') AS reasons
FROM {{ source('ops', 'reconciliations') }}
