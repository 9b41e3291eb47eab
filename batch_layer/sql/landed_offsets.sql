-- One row per partition: the offset after the last landed one, and the boundary up to which all of it has landed.
SELECT partition, max(to_offset) AS next_offset, max(boundary) AS landed_boundary
FROM ops.landed
WHERE topic = {topic:String}
GROUP BY partition
ORDER BY partition
