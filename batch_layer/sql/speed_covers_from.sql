-- The append minute from which the speed tables of a definition are complete; 1970 where no job was recorded.
SELECT argMax(covers_from, started_at) AS covers_from FROM ops.speed_jobs WHERE definition = {definition:String}
