-- Every column of the platform's tables that can hold text. Views hold nothing of their own, a Join table is only looked up in.
SELECT database, table, name
FROM system.columns
WHERE match(database, '^(dev_)?(raw|batch|speed|serving|personal|ops)$') AND position(type, 'String') > 0
    AND (database, table) IN (SELECT database, name FROM system.tables WHERE engine NOT IN ('View', 'Join'))
ORDER BY database, table, position
