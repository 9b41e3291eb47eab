-- What the figures rest on.
SELECT *
FROM serving.status
