-- One customer over all subjects.
SELECT *
FROM serving.customer_360
WHERE customer_id = {customer:String}
