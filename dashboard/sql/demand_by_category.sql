-- The categories with the most net, in one currency.
SELECT
    category,
    sum(net) AS net,
    sum(orders) AS orders
FROM serving.demand_by_hour
WHERE currency = {currency:String}
    AND event_hour >= {since:DateTime('UTC')} AND event_hour < {until:DateTime('UTC')}
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
GROUP BY category
HAVING sum(order_lines) > 0
ORDER BY net DESC, category ASC
LIMIT 10
