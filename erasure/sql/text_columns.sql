-- Every column of the platform's tables that can hold text, and whether it belongs to a table that is only looked up in.
SELECT columns.database AS database, columns.table AS table, columns.name AS name
FROM system.columns AS columns
INNER JOIN system.tables AS tables ON columns.database = tables.database AND columns.table = tables.name
WHERE match(columns.database, '^(dev_)?(raw|batch|speed|serving|personal|ops)$') AND position(columns.type, 'String') > 0
    AND tables.engine NOT IN ('View', 'Join')
ORDER BY database, table, columns.position
