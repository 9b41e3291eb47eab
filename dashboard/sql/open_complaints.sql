-- Complaints that wait, the oldest first, and how many there are in all.
SELECT
    feedback_id,
    customer_id,
    channel,
    category,
    complained_at,
    age_seconds,
    first_replied_at IS NOT NULL AS is_answered,
    count() OVER () AS waiting
FROM serving.open_complaints
WHERE (empty({channels:Array(String)}) OR has({channels:Array(String)}, channel))
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
ORDER BY complained_at, feedback_id
LIMIT 10
