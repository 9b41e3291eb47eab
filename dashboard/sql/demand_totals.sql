-- Demand in one currency: of the period, and of the equally long one before it.
SELECT
    event_hour >= {since:DateTime('UTC')} AS is_current,
    sum(orders) AS orders,
    sum(units) AS units,
    sum(gross) AS gross,
    sum(net) AS net,
    if(orders > 0, CAST(round(CAST(gross AS Decimal(38, 6)) / greatest(orders, 1), 2) AS Decimal(38, 2)), NULL) AS average_order_value,
    if(sum(order_lines) > 0, sum(cancelled_lines) / sum(order_lines), NULL) AS cancellation_rate
FROM serving.demand_by_hour
WHERE currency = {currency:String}
    AND event_hour >= {before:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY is_current
