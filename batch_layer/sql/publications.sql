-- The newest publications of a definition, newest first; none from before the newest erasure, whose rows named a person.
SELECT sequence, definition, generation, boundary, reason
FROM ops.publications
WHERE definition = {definition:String} AND sequence >= (SELECT max(erasures.sequence) FROM ops.publications AS erasures WHERE erasures.reason = 'erasure')
ORDER BY sequence DESC
LIMIT {count:UInt32}
