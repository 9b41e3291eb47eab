-- The currencies of demand, the busiest first, with the hours and categories that each has.
SELECT
    currency,
    min(event_hour) AS first_hour,
    max(event_hour) AS last_hour,
    arraySort(groupUniqArray(category)) AS categories
FROM serving.demand_by_hour
GROUP BY currency
ORDER BY sum(order_lines) DESC, currency ASC
