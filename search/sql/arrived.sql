-- Records of a batch, each with its typed event or with the reason why it is none, in the order of the topic.
SELECT *, toUnixTimestamp64Milli(append_time) AS appended
FROM {{ judged }}
ORDER BY partition, offset
-- The log shows queries with their values.
SETTINGS log_queries = 0
