-- Partitions (generations) of a definition's batch tables and of the rejects.
SELECT DISTINCT database, table, partition_id, toUInt32(partition_id) AS generation
FROM system.parts
WHERE active AND (database = 'batch' AND endsWith(table, {suffix:String}) OR database = 'ops' AND table = 'rejects')
ORDER BY table, generation
