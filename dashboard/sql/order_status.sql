-- How many orders have entered each status.
SELECT
    status,
    orders
FROM serving.order_status
ORDER BY orders DESC, status ASC
LIMIT 12
