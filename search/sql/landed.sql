-- Valid events that landed in a range, duplicates included, in the order of the topic.
SELECT *, toUnixTimestamp64Milli(append_time) AS appended
FROM {{ judged }}
WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')} AND reject_reason = ''
ORDER BY partition, offset
SETTINGS log_queries = 0
