-- The newest state of one load.
SELECT state, position, events, rejected_rows, started_at, updated_at
FROM ops.loads
WHERE load_id = {load_id:String}
ORDER BY updated_at DESC
LIMIT 1
