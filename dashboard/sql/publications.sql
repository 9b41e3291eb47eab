-- How old the boundary was when it was published, newest first.
SELECT
    sequence,
    published_at,
    boundary,
    reason,
    delay_seconds
FROM serving.publications
ORDER BY sequence DESC
LIMIT 100
