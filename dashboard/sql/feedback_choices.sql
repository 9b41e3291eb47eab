-- What feedback can be narrowed to, and the hours that it has.
SELECT
    count() AS hours,
    min(event_hour) AS first_hour,
    max(event_hour) AS last_hour,
    arraySort(groupUniqArray(channel)) AS channels,
    arraySort(groupUniqArray(category)) AS categories
FROM serving.feedback_by_hour
