-- From when on both layers hold everything of a definition: the speed job covers it, and it has not been pruned.
SELECT greatest(
    (SELECT argMax(covers_from, started_at) FROM ops.speed_jobs WHERE definition = {definition:String}),
    (SELECT max(speed_kept_from) FROM ops.prunings WHERE definition = {definition:String})
) AS range_start
