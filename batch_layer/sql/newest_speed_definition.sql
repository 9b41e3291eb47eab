-- The definition of the job that was started last.
SELECT argMax(definition, started_at) AS definition FROM ops.speed_jobs
