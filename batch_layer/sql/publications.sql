-- The newest publications of a definition, newest first.
SELECT sequence, definition, generation, boundary, reason
FROM ops.publications
WHERE definition = {definition:String}
ORDER BY sequence DESC
LIMIT {count:UInt32}
