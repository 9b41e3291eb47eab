-- What counts nowhere, and why.
SELECT
    topic,
    reason,
    rejects,
    last_received_at
FROM serving.rejects_by_reason
ORDER BY rejects DESC, topic ASC, reason ASC
LIMIT 15
