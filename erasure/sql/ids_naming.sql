-- Ids of valid events that hold one of the customers' ids, though the event is none of theirs.
SELECT DISTINCT {{ key | identifier }} AS id
FROM raw.{{ (topic ~ '_events') | identifier }}
WHERE
    reject_reason = ''
    AND arrayExists(one -> position({{ key | identifier }}, one) > 0, {customers:Array(String)})
    AND NOT coalesce({{ subject | identifier }} IN {customers:Array(String)}, 0)
-- The log shows queries with their values.
SETTINGS log_queries = 0
