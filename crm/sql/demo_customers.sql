-- The customers worth most, by currency.
SELECT
    customer_id,
    currency,
    orders,
    units,
    gross,
    net,
    last_order_at
FROM serving.customer_demand
ORDER BY net DESC
LIMIT 2 BY currency
