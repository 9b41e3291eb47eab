-- Demand in one currency by hour, day, week (from Monday) or month.
SELECT
    toDateTime(dateTrunc({bucket:String}, event_hour, 'UTC'), 'UTC') AS bucket,
    sum(net) AS net,
    sum(orders) AS orders
FROM serving.demand_by_hour
WHERE currency = {currency:String}
    AND event_hour >= {since:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY bucket
ORDER BY bucket
