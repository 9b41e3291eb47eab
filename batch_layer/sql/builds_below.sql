-- Builds that have begun, since a publication, to replace rows that it answers with.
SELECT count() AS builds
FROM ops.builds
WHERE
    definition = {definition:String}
    AND generation = {generation:UInt32}
    AND range_start < {boundary:DateTime('UTC')}
    AND begun_at > (SELECT max(published_at) FROM ops.publications WHERE sequence = {sequence:UInt64})
