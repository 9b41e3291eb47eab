-- Demand in one currency by hour, day, week (from Monday) or month.
SELECT
    multiIf(
        {bucket:String} = 'hour', event_hour,
        {bucket:String} = 'day', toDateTime(toStartOfDay(event_hour, 'UTC'), 'UTC'),
        {bucket:String} = 'week', toDateTime(toMonday(event_hour, 'UTC'), 'UTC'),
        toDateTime(toStartOfMonth(event_hour, 'UTC'), 'UTC')
    ) AS bucket,
    sum(net) AS net,
    sum(orders) AS orders
FROM serving.demand_by_hour
WHERE currency = {currency:String}
    AND event_hour >= {since:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY bucket
ORDER BY bucket
