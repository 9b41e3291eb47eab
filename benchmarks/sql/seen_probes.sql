-- Which probe customers a reader of the merged view sees. The range keeps the poll to the rows of those not yet seen.
SELECT customer_id
FROM serving.customer_demand
WHERE customer_id BETWEEN {first:String} AND {last:String}
