-- What the demonstration shows: feedback by channel, merged from both layers.
SELECT
    channel,
    sum(responses) AS responses,
    round(sum(ratings_1 + 2 * ratings_2 + 3 * ratings_3 + 4 * ratings_4 + 5 * ratings_5) / sum(ratings), 4) AS mean_rating,
    round(sum(ratings_4 + ratings_5) / sum(ratings), 4) AS csat,
    sum(texts) AS texts,
    sum(sentiment_positive) AS positive,
    sum(sentiment_neutral) AS neutral,
    sum(sentiment_negative) AS negative
FROM serving.feedback_by_hour
GROUP BY channel
HAVING sum(ratings) > 0
ORDER BY channel
