-- Append minutes of the range with an event whose first occurrence lies further back than the deduplication horizon.
SELECT DISTINCT toStartOfMinute(events.append_time) AS minute
FROM raw.{{ (topic ~ '_events') | identifier }} AS events
INNER JOIN (
    SELECT {{ key | identifier }} AS id, append_time
    FROM batch.{{ staging | identifier }}
    WHERE generation = {generation:UInt32} AND append_time < {range_end:DateTime64(3, 'UTC')}
        AND {{ key | identifier }} IN (
            SELECT {{ key | identifier }}
            FROM raw.{{ (topic ~ '_events') | identifier }}
            WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')} AND reject_reason = ''
        )
) AS firsts ON events.{{ key | identifier }} = firsts.id
WHERE events.append_time >= {range_start:DateTime64(3, 'UTC')} AND events.append_time < {range_end:DateTime64(3, 'UTC')} AND events.reject_reason = ''
    AND firsts.append_time < events.append_time - toIntervalSecond({horizon_seconds:UInt32})
