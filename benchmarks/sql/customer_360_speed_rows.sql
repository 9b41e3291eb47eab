-- So many rows of the batch layer once more, as if they had arrived in the half hour since the boundary.
INSERT INTO speed.{table:Identifier}
SELECT * EXCEPT (generation) REPLACE ({boundary:DateTime('UTC')} + toIntervalMinute(rand() % 30) AS ingest_minute)
FROM batch.{table:Identifier}
WHERE generation = {generation:UInt32}
LIMIT {first:UInt64}, {count:UInt64}
