-- Other records of a range that are keyed by one of the customers, and rejected ones that mention one.
SELECT records.partition, records.offset, records.append_time, if(judged.reject_reason = '', records.value, NULL) AS value
FROM raw.{{ topic | identifier }} AS records
INNER JOIN (
    SELECT partition, offset, reject_reason
    FROM raw.{{ (topic ~ '_events') | identifier }}
    WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
        AND (reject_reason != '' OR {{ subject | identifier }} NOT IN {customers:Array(String)} OR {{ subject | identifier }} IS NULL)
) AS judged USING (partition, offset)
WHERE records.append_time >= {range_start:DateTime64(3, 'UTC')} AND records.append_time < {range_end:DateTime64(3, 'UTC')}
    AND (records.key IN {customers:Array(String)} OR judged.reject_reason != '' AND match(coalesce(records.value, ''), {pattern:String}))
-- The log shows queries with their values.
SETTINGS log_queries = 0
