-- Satisfaction in the period, and in the hours before it. Of counts that are compared also what the hours have that are over.
-- Shares and scores come from counts: docs/serving.md.
SELECT
    event_hour >= {since:DateTime('UTC')} AS is_current,
    sum(responses) AS responses,
    sum(ratings) AS ratings,
    sum(promoters) + sum(passives) + sum(detractors) AS nps_responses,
    if(ratings > 0, (sum(ratings_4) + sum(ratings_5)) / ratings, NULL) AS csat,
    if(ratings > 0, sum(ratings_1 + 2 * ratings_2 + 3 * ratings_3 + 4 * ratings_4 + 5 * ratings_5) / ratings, NULL) AS mean_rating,
    if(nps_responses > 0, 100 * (sum(promoters) - sum(detractors)) / nps_responses, NULL) AS nps,
    if(
        nps_responses > 0,
        196 * sqrt(nps_responses * (sum(promoters) + sum(detractors)) - pow(sum(promoters) - sum(detractors), 2)) / pow(nps_responses, 1.5),
        NULL
    ) AS nps_margin,
    sum(complaints) AS complaints,
    sum(texts) AS texts,
    sumIf(hours.responses, event_hour < {compared_until:DateTime('UTC')}) AS compared_responses,
    sumIf(hours.complaints, event_hour < {compared_until:DateTime('UTC')}) AS compared_complaints
FROM serving.feedback_by_hour AS hours
WHERE event_hour >= {before:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({channels:Array(String)}) OR has({channels:Array(String)}, channel))
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY is_current
