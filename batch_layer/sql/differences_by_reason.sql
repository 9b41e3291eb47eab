-- How many rows differ, by reason.
SELECT reason, count() AS number_of_rows
FROM ({% include 'explained.sql' %})
GROUP BY reason
SETTINGS join_use_nulls = 1
