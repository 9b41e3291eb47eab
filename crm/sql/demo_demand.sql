-- What the demonstration shows: figures by currency, merged from both layers.
SELECT
    currency,
    sum(orders) AS orders,
    sum(order_lines) AS order_lines,
    sum(gross) AS gross,
    sum(cancelled) AS cancelled,
    sum(returned) AS returned,
    sum(adjusted) AS adjusted,
    sum(net) AS net
FROM serving.demand_by_day
GROUP BY currency
ORDER BY currency
