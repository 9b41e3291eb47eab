-- Partitions (hours of append time) of a definition's speed tables that end at or before a moment.
SELECT DISTINCT table, partition_id, toDateTime(toUInt32(partition_id), 'UTC') AS hour
FROM system.parts
WHERE active AND database = 'speed' AND endsWith(table, {suffix:String})
    AND toDateTime(toUInt32OrZero(partition_id), 'UTC') + INTERVAL 1 HOUR <= {before:DateTime('UTC')}
ORDER BY table, hour
