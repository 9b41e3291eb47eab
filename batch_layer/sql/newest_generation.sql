-- 0 where nothing was published.
SELECT max(generation) AS generation FROM ops.publications
