-- The append minute from which the speed tables of a definition are complete; 1970 where no job was recorded.
-- A job that began empty wrote anew what had been pruned before it: only what was pruned since is missing.
SELECT greatest(
    (SELECT argMax(covers_from, started_at) FROM ops.speed_jobs WHERE definition = {definition:String}),
    (
        SELECT max(speed_kept_from)
        FROM ops.prunings
        WHERE
            definition = {definition:String}
            AND pruned_at > (SELECT max(started_at) FROM ops.speed_jobs WHERE definition = {definition:String} AND restored_from = '')
    )
) AS covers_from
