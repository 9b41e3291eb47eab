-- No row: nothing was published.
SELECT definition FROM ops.publications ORDER BY sequence DESC LIMIT 1
