-- The newest comparisons of both layers, over all delta models.
SELECT
    min(reconciled_at) AS moment,
    sum(rows_compared) AS compared,
    sum(rows_different) AS different,
    arrayStringConcat(groupUniqArrayIf(reasons, reasons != ''), ', ') AS reasons
FROM serving.reconciliations
GROUP BY run_id
ORDER BY moment DESC
LIMIT 100
