-- Rows of a build that was interrupted; every build begins by emptying it.
TRUNCATE TABLE IF EXISTS batch.{{ table | identifier }} SYNC
