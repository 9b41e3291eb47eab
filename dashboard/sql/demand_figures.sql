-- Demand in one currency, of all that the page shows in one reading: in total, compared (the hours of the period that are over, and as
-- many before it), by bucket (hour, day, week from Monday, or month), by category, and by weekday (1 is Monday) and hour of the day, UTC.
SELECT
    transform(
        grouping(is_over, bucket, category, weekday),
        [15, 7, 11, 13, 14],
        ['total', 'compared', 'bucket', 'category', 'weekday'],
        ''
    ) AS part,
    is_current,
    is_over,
    bucket,
    category,
    weekday,
    hour,
    sum(orders) AS orders,
    sum(units) AS units,
    sum(gross) AS gross,
    sum(net) AS net,
    if(orders > 0, CAST(round(CAST(gross AS Decimal(38, 6)) / greatest(orders, 1), 2) AS Decimal(38, 2)), NULL) AS average_order_value,
    if(sum(order_lines) > 0, CAST(round(CAST(gross AS Decimal(38, 6)) / greatest(sum(order_lines), 1), 2) AS Decimal(38, 2)), NULL) AS average_line_value,
    if(sum(order_lines) > 0, sum(cancelled_lines) / sum(order_lines), NULL) AS cancellation_rate
FROM (
    SELECT
        *,
        event_hour >= {since:DateTime('UTC')} AS is_current,
        event_hour < {compared_until:DateTime('UTC')} AS is_over,
        toDateTime(dateTrunc({bucket:String}, event_hour, 'UTC'), 'UTC') AS bucket,
        toDayOfWeek(event_hour, 0, 'UTC') AS weekday,
        toHour(event_hour, 'UTC') AS hour
    FROM serving.demand_by_hour
    WHERE currency = {currency:String}
        AND event_hour >= {before:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
        AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
)
GROUP BY GROUPING SETS ((is_current), (is_current, is_over), (is_current, bucket), (is_current, category), (is_current, weekday, hour))
HAVING (is_current AND part IN ('total', 'bucket')) OR (is_over AND part = 'compared')
    -- What has only payments has no place among categories, and an hour without orders none in the week.
    OR (is_current AND part = 'category' AND sum(order_lines) > 0) OR (is_current AND part = 'weekday' AND orders > 0)
ORDER BY part ASC, bucket ASC, weekday ASC, hour ASC, net DESC, category ASC
