-- A delta model's rows over all time: the batch layer's before the boundary, the speed layer's from it on.
SELECT * EXCEPT (generation)
FROM batch.{table:Identifier}
WHERE generation = {generation:UInt32} AND ingest_minute < {boundary:DateTime('UTC')}
UNION ALL
SELECT *
FROM speed.{table:Identifier} FINAL
WHERE ingest_minute >= {boundary:DateTime('UTC')}
