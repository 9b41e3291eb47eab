-- One customer's class of buyer, by currency.
SELECT
    currency,
    segment,
    net,
    orders
FROM serving.customer_demand
WHERE customer_id = {customer:String}
ORDER BY net DESC, currency ASC
