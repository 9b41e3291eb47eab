-- How many rows two sides hold together in a range, and how many of them differ in any measure or are missing in one.
SELECT count() AS rows_compared, countIf(is_different) AS rows_different
FROM ({% include 'layers_joined.sql' %})
SETTINGS join_use_nulls = 1
