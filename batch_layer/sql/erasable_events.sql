-- Valid events of customers in a range, typed.
SELECT partition, offset, append_time{% for column in columns %}, {{ column | identifier }}{% endfor %}

FROM raw.{{ (topic ~ '_events') | identifier }}
WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
    AND reject_reason = '' AND {{ subject | identifier }} IN {customers:Array(String)}
-- The log shows queries with their values.
SETTINGS log_queries = 0
