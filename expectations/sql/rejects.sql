-- Too large a share of rejects, with the commonest reasons.
WITH
    (
        SELECT uniqExact(partition, offset) FROM raw.{{ topic }}
        WHERE append_time >= {{ range_start | literal }} AND append_time < {{ range_end | literal }}
    ) AS records,
    (
        SELECT count() FROM ops.rejects FINAL
        WHERE generation = {{ generation }} AND topic = {{ topic | literal }}
          AND append_time >= {{ range_start | literal }} AND append_time < {{ range_end | literal }}
    ) AS rejected
SELECT records, rejected, reason, count() AS of_this_reason, min(partition) AS example_partition, min(offset) AS example_offset
FROM ops.rejects FINAL
WHERE generation = {{ generation }} AND topic = {{ topic | literal }}
  AND append_time >= {{ range_start | literal }} AND append_time < {{ range_end | literal }}
  AND records >= {{ enough }} AND rejected * 100 > records * {{ percent }}
GROUP BY reason
ORDER BY of_this_reason DESC
LIMIT {{ shown }}
