-- The least boundary among the newest publications of a definition.
SELECT
    min(boundary) AS boundary,
    count() AS publications
FROM (
    SELECT boundary
    FROM ops.publications
    WHERE definition = {definition:String}
    ORDER BY sequence DESC
    LIMIT {retained:UInt32}
)
