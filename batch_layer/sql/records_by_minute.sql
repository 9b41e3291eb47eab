-- Records per append minute of a range, over all topics: what a build of it has to read.
SELECT minute, sum(records) AS records
FROM (
{% for topic in topics %}
    SELECT toStartOfMinute(append_time) AS minute, count() AS records
    FROM raw.{{ topic | identifier }}
    WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
    GROUP BY minute
{% if not loop.last %}
    UNION ALL
{% endif %}
{% endfor %}
)
GROUP BY minute
ORDER BY minute
