-- Queries that named one of the ids.
SELECT count() AS queries
FROM system.query_log
WHERE match(query, {pattern:String})
-- The log shows queries with their values.
SETTINGS log_queries = 0
