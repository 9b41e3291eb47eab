-- The newest publications of each definition: generations that a reader or a rollback may still need.
SELECT definition, groupUniqArray(generation) AS generations
FROM (
    SELECT definition, generation
    FROM ops.publications
    WHERE sequence >= (SELECT max(erasures.sequence) FROM ops.publications AS erasures WHERE erasures.reason = 'erasure')
    ORDER BY sequence DESC
    LIMIT {count:UInt32} BY definition
)
GROUP BY definition
