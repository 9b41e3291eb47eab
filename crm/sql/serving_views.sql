-- How many of the serving views exist, and whether they are bound to another definition: all are made together, and one tells.
SELECT
    count() AS views,
    countIf(name = 'status' AND position(create_table_query, {definition:String}) = 0) AS of_others
FROM system.tables
WHERE database = 'serving' AND name IN {views:Array(String)}
