-- Landed offset ranges that do not begin where the one before them ended.
SELECT topic, partition, from_offset, previous_end
FROM (
    SELECT
        topic, partition, from_offset,
        lagInFrame(to_offset, 1, from_offset) OVER (PARTITION BY topic, partition ORDER BY from_offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS previous_end
    FROM ops.landed FINAL
    WHERE topic = {{ topic | literal }}
)
WHERE from_offset != previous_end
LIMIT {{ shown }}
