-- Records of a range that are in raw but count nowhere, with the reason and the bytes.
-- What the build has just counted is valid: only the others, duplicates and rejects, are parsed a second time.
INSERT INTO ops.rejects (generation, topic, partition, offset, append_time, reason, key, value)
WITH uncounted AS (
    SELECT partition, offset
    FROM raw.{{ topic | identifier }}
    WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
        AND (partition, offset) NOT IN (
            SELECT partition, offset
            FROM batch.{{ staging | identifier }}
            WHERE generation = {generation:UInt32}
                AND ingest_minute >= toDateTime({range_start:DateTime64(3, 'UTC')}, 'UTC')
                AND ingest_minute < toDateTime({range_end:DateTime64(3, 'UTC')}, 'UTC')
        )
)

SELECT {generation:UInt32}, {topic:String}, records.partition, records.offset, records.append_time, judged.reject_reason, records.key, records.value
FROM raw.{{ topic | identifier }} AS records
INNER JOIN (
    SELECT partition, offset, reject_reason
    FROM raw.{{ (topic ~ '_events') | identifier }}
    WHERE append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
        AND (partition, offset) IN (SELECT partition, offset FROM uncounted)
) AS judged USING (partition, offset)
WHERE records.append_time >= {range_start:DateTime64(3, 'UTC')} AND records.append_time < {range_end:DateTime64(3, 'UTC')}
    AND (records.partition, records.offset) IN (SELECT partition, offset FROM uncounted)
    AND judged.reject_reason != ''
