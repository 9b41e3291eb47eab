-- Partitions that have not landed up to the boundary.
SELECT topic, partition, max(boundary) AS landed_up_to
FROM ops.landed
WHERE topic = {{ topic | literal }}
GROUP BY topic, partition
HAVING landed_up_to < {{ range_end | literal }}
LIMIT {{ shown }}
