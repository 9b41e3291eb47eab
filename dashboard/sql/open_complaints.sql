-- Complaints that wait, those that wait longest first, and how many there are in all.
SELECT
    feedback_id,
    customer_id,
    channel,
    category,
    complained_at,
    age_seconds,
    is_answered,
    count() OVER () AS waiting
FROM serving.open_complaints
WHERE (empty({channels:Array(String)}) OR has({channels:Array(String)}, channel))
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
ORDER BY waiting_since, feedback_id
LIMIT 10
