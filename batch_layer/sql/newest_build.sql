-- The build of a generation that was begun last; empty where there is none.
SELECT argMax(build_id, begun_at) AS build_id
FROM ops.builds
WHERE definition = {definition:String} AND generation = {generation:UInt32}
