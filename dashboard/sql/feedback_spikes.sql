-- Hours with more anger than usual at that time of the week.
SELECT
    event_hour,
    channel,
    negative,
    baseline,
    score
FROM serving.feedback_spikes
WHERE is_spike
    AND event_hour >= {since:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({channels:Array(String)}) OR has({channels:Array(String)}, channel))
ORDER BY event_hour DESC, channel ASC
LIMIT 10
