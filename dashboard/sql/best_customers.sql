-- The customers with the most net, of each currency.
SELECT
    customer_id,
    currency,
    net,
    orders,
    segment,
    last_order_at
FROM serving.customer_demand
ORDER BY currency ASC, net DESC, customer_id ASC
LIMIT 5 BY currency
