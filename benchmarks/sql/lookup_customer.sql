SELECT *
FROM {database:Identifier}.{view:Identifier}
WHERE customer_id = {customer:String}
