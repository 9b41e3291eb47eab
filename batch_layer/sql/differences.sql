-- A sample of the rows that differ, the biggest differences first.
SELECT grain, batch, speed, reason
FROM ({% include 'explained.sql' %})
ORDER BY distance DESC
LIMIT {sample:UInt32}
SETTINGS join_use_nulls = 1
