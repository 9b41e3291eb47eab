-- Merges that run now.
SELECT count() AS merges
FROM system.merges
