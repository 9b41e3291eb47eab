-- The last record of an erased customer in each partition, of those that nobody needs any more.
SELECT topic, partition, max(found.last_offset) AS last_offset, max(found.last_append_time) AS last_append_time
FROM ops.erased_records AS found
WHERE found.last_append_time < {before:DateTime64(3, 'UTC')}
GROUP BY topic, partition
ORDER BY topic, partition
