-- Orders in one currency by weekday (1 is Monday) and hour of the day, UTC.
SELECT
    toDayOfWeek(event_hour, 0, 'UTC') AS weekday,
    toHour(event_hour, 'UTC') AS hour,
    sum(orders) AS orders
FROM serving.demand_by_hour
WHERE currency = {currency:String}
    AND event_hour >= {since:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY weekday, hour
HAVING orders > 0
ORDER BY weekday, hour
