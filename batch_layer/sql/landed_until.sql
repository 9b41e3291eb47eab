-- The boundary that every known partition of the topics has landed up to; 1970 where a topic has not landed at all.
SELECT if(uniqExact(topic) = length({topics:Array(String)}), min(landed), toDateTime(0, 'UTC')) AS landed_until
FROM (
    SELECT topic, partition, max(boundary) AS landed
    FROM ops.landed
    WHERE topic IN {topics:Array(String)}
    GROUP BY topic, partition
)
