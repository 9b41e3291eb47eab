-- Whether customers come back, in one currency.
SELECT
    customers,
    repeat_customers,
    repeat_rate,
    median_days_between_orders
FROM serving.repeat_purchase
WHERE currency = {currency:String}
