-- The first valid event of each id before the given offset of its partition. Of the text only whether it was erased.
SELECT event_id, partition, offset, key, customer_id, reject_reason, if(coalesce(text, '') IN ('', {erased:String}), text, '…') AS text
FROM {{ judged }}
WHERE offset < transform(partition, {partitions:Array(Int32)}, {ends:Array(Int64)}, toInt64(0)) AND reject_reason = ''
ORDER BY event_id, append_time, partition, offset
LIMIT 1 BY event_id
SETTINGS log_queries = 0
