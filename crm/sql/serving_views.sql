-- Whether the serving views exist, and whether they are bound to a definition.
SELECT
    count() AS views,
    countIf(position(create_table_query, {definition:String}) = 0) AS of_others
FROM system.tables
WHERE database = 'serving' AND name = 'status'
