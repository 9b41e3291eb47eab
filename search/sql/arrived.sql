-- Records of a batch, each with its typed event or with the reason why it is none, in the order of the topic.
SELECT *, toUnixTimestamp64Milli(append_time) AS appended
FROM {{ judged }}
ORDER BY partition, offset
-- The log shows queries with their values. Of a batch in memory there is nothing to read less of: planning takes half the time.
SETTINGS log_queries = 0, query_plan_enable_optimizations = 0
