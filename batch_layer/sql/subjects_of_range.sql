-- Who the records of a range name, in a valid event or as their key.
SELECT DISTINCT customer
FROM (
    SELECT {{ subject | identifier }} AS customer
    FROM raw.{{ (topic ~ '_events') | identifier }}
    WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')} AND reject_reason = ''
    UNION ALL
    SELECT key AS customer
    FROM raw.{{ topic | identifier }}
    WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
)
WHERE customer IS NOT NULL
