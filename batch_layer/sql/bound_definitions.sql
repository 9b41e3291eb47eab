-- The definitions whose tables the serving views read.
SELECT DISTINCT arrayJoin(extractAll(create_table_query, '__([0-9a-f]{10})\\b')) AS definition
FROM system.tables
WHERE database IN ('serving', 'personal') AND engine = 'View'
