-- Ratings and moods by hour, day, week (from Monday) or month.
SELECT
    toDateTime(dateTrunc({bucket:String}, event_hour, 'UTC'), 'UTC') AS bucket,
    sum(ratings_1) AS rated_1,
    sum(ratings_2) AS rated_2,
    sum(ratings_3) AS rated_3,
    sum(ratings_4) AS rated_4,
    sum(ratings_5) AS rated_5,
    sum(sentiment_positive) AS positive,
    sum(sentiment_neutral) AS neutral,
    sum(sentiment_negative) AS negative,
    sum(complaints) AS complained
FROM serving.feedback_by_hour
WHERE event_hour >= {since:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({channels:Array(String)}) OR has({channels:Array(String)}, channel))
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY bucket
ORDER BY bucket
