-- Too large a share of rejects, with the commonest reasons.
WITH
-- ST03: to the linter, a scalar's name is no use of it.
( -- noqa: ST03
    SELECT uniqExact(partition, offset) FROM raw.{{ topic }}
    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
) AS records,
( -- noqa: ST03
    SELECT count() FROM ops.rejects FINAL
    WHERE generation = {{ generation }} AND topic = {{ topic | literal }}
        AND append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
) AS rejected
SELECT records, rejected, reason, count() AS of_this_reason, min(partition) AS example_partition, min(offset) AS example_offset
FROM ops.rejects FINAL
WHERE generation = {{ generation }} AND topic = {{ topic | literal }}
    AND append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }}
    AND records >= {{ enough }} AND rejected * 100 > records * {{ percent }}
GROUP BY reason
ORDER BY of_this_reason DESC
LIMIT {{ shown }}
