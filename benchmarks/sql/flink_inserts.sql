-- What Flink has written since a moment (Unix milliseconds), by ClickHouse's own log: its clock, to the microsecond.
SELECT
    count() AS inserts,
    toInt64(sum(written_rows)) AS rows,
    toFloat64(toUnixTimestamp64Micro(min(query_start_time_microseconds))) / 1e6 AS first_at,
    toFloat64(toUnixTimestamp64Micro(max(event_time_microseconds))) / 1e6 AS last_at,
    sum(ProfileEvents['OSCPUVirtualTimeMicroseconds']) / 1e6 AS cpu_seconds
FROM system.query_log
WHERE
    type = 'QueryFinish'
    AND query_kind = 'Insert'
    AND user = 'flink'
    AND written_rows > 0
    AND event_time_microseconds >= fromUnixTimestamp64Milli({since:Int64}, 'UTC')
