-- What an earlier build of the same range left. A mutation is kept as text, in which a parameter of type DateTime64 cannot be read again.
DELETE FROM ops.rejects
WHERE generation = {generation:UInt32} AND topic = {topic:String}
    AND append_time >= toDateTime64({range_start:DateTime('UTC')}, 3, 'UTC') AND append_time < toDateTime64({range_end:DateTime('UTC')}, 3, 'UTC')
