-- The least boundary among the newest publications of a definition.
SELECT
    min(boundary) AS boundary,
    count() AS publications
FROM (
    SELECT boundary
    FROM ops.publications
    WHERE
        definition = {definition:String}
        -- What was published before the newest erasure named a person: nothing returns to it.
        AND sequence >= (SELECT max(erasures.sequence) FROM ops.publications AS erasures WHERE erasures.reason = 'erasure')
    ORDER BY sequence DESC
    LIMIT {retained:UInt32}
)
