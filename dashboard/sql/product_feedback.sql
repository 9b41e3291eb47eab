-- The products rated worst, of those with enough ratings to tell.
SELECT
    product_id,
    category,
    ratings,
    mean_rating,
    csat,
    complaints
FROM serving.product_feedback
WHERE ratings >= {least:UInt32}
    AND (empty({categories:Array(String)}) OR has({categories:Array(String)}, category))
ORDER BY mean_rating ASC, ratings DESC, product_id ASC
LIMIT 10
