-- Tables of definitions that are neither published nor this checkout's, and that nothing has changed for the given time.
SELECT database, name
FROM system.tables
WHERE database IN ('batch', 'speed') AND match(name, '__[0-9a-f]{10}$') AND NOT (right(name, 10) IN {kept:Array(String)})
    AND right(name, 10) NOT IN (
        SELECT definition
        FROM (
            -- When the next definition took its place: readers may be bound to it for a while after that.
            SELECT definition, leadInFrame(published_at) OVER (ORDER BY sequence ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS replaced_at
            FROM ops.publications
        )
        GROUP BY definition
        HAVING max(replaced_at) > now64(3) - toIntervalSecond({seconds:UInt32})
    )
    AND metadata_modification_time < now() - toIntervalSecond({seconds:UInt32})
ORDER BY database, name
