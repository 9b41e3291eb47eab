SELECT count() AS rejects
FROM ops.rejects FINAL
WHERE generation = {generation:UInt32} AND topic = {topic:String}
    AND append_time >= {range_start:DateTime64(3, 'UTC')} AND append_time < {range_end:DateTime64(3, 'UTC')}
