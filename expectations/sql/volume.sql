-- The range's records per minute beside the mean of the 24 hours before it, where they are a factor apart.
SELECT records / greatest(minutes, 1) AS records_per_minute, before / 1440 AS mean_of_the_day_before
FROM (
    SELECT
        countIf(append_time >= {{ range_start | moment }}) AS records,
        countIf(append_time < {{ range_start | moment }}) AS before,
        dateDiff('minute', {{ range_start | literal }}, {{ range_end | literal }}) AS minutes
    FROM raw.{{ topic }}
    -- From 1970 on, in a first build, there is no day before.
    WHERE append_time >= {{ range_start | moment }} - INTERVAL {{ 1 if range_start.year > 1970 else 0 }} DAY AND append_time < {{ range_end | moment }}
)
WHERE before >= {{ enough }}
    AND (records_per_minute > mean_of_the_day_before * {{ factor }} OR records_per_minute * {{ factor }} < mean_of_the_day_before)
LIMIT {{ shown }}
