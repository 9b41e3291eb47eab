-- One customer's money, by currency.
SELECT
    currency,
    gross,
    net,
    paid,
    open,
    overdue,
    credit_limit,
    credit_limit_use
FROM serving.customer_money
WHERE customer_id = {customer:String}
ORDER BY currency
