-- Demand in a currency, of all time or of a year, in all categories or in one.
SELECT
    sum(net) AS net,
    sum(gross) AS gross,
    sum(orders) AS orders,
    sum(units) AS units,
    sum(order_lines) AS placed_lines,
    sum(cancelled_lines) / sum(order_lines) AS cancelled
FROM serving.demand_by_day
WHERE currency = {currency:String}
    AND ({category:String} = '' OR category = {category:String})
    AND ({year:UInt16} = 0 OR toYear(event_day) = {year:UInt16})
