-- From when on the speed tables of a definition are complete, by its newest job.
SELECT covers_from
FROM ops.speed_jobs
WHERE definition = {definition:String}
ORDER BY started_at DESC
LIMIT 1
