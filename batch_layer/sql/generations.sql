-- The newest publications of each definition: generations that a reader or a rollback may still need.
SELECT definition, groupUniqArray(generation) AS generations
FROM (SELECT definition, generation FROM ops.publications ORDER BY sequence DESC LIMIT {count:UInt32} BY definition)
GROUP BY definition
