-- What sells more than it usually does at this time.
SELECT
    product_id,
    category,
    units,
    baseline_units,
    lift
FROM serving.trending_products
WHERE is_trending
ORDER BY score DESC, product_id ASC
LIMIT 10
