-- What Flink has written since a moment (Unix milliseconds), by ClickHouse's own log: its clock, to the microsecond.
-- `third_at` is when a third of the rows had been written.
SELECT
    count() AS inserts,
    toInt64(sum(written_rows)) AS rows,
    toFloat64(toUnixTimestamp64Micro(min(query_start_time_microseconds))) / 1e6 AS first_at,
    toFloat64(toUnixTimestamp64Micro(minIf(event_time_microseconds, so_far * 3 >= total))) / 1e6 AS third_at,
    toFloat64(toUnixTimestamp64Micro(max(event_time_microseconds))) / 1e6 AS last_at,
    sum(cpu_microseconds) / 1e6 AS cpu_seconds
FROM (
    SELECT
        written_rows,
        query_start_time_microseconds,
        event_time_microseconds,
        ProfileEvents['OSCPUVirtualTimeMicroseconds'] AS cpu_microseconds,
        sum(written_rows) OVER (ORDER BY event_time_microseconds) AS so_far,
        sum(written_rows) OVER () AS total
    FROM system.query_log
    WHERE
        type = 'QueryFinish'
        AND query_kind = 'Insert'
        AND user = 'flink'
        AND written_rows > 0
        AND event_time_microseconds >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
)
