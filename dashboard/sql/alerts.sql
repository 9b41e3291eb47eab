-- What an operator was told in the last seven days.
SELECT
    raised_at,
    source,
    message
FROM serving.alerts
WHERE raised_at >= now() - INTERVAL 7 DAY
ORDER BY raised_at DESC
LIMIT 20
