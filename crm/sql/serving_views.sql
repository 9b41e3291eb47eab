-- How many of the serving views exist, and how many of these read tables of another definition.
SELECT
    count() AS views,
    countIf(arrayExists(bound -> bound != {definition:String}, extractAll(create_table_query, '__([0-9a-f]{10})\\b'))) AS of_others
FROM system.tables
WHERE database = 'serving' AND name IN {views:Array(String)}
