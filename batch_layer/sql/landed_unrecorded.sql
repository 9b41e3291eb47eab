-- Offsets that are in raw although no landing was recorded: the block that an interrupted attempt wrote last.
SELECT DISTINCT offset
FROM raw.{{ topic | identifier }}
WHERE append_time >= {since:DateTime64(3, 'UTC')} AND partition = {partition:Int32} AND offset >= {from_offset:Int64}
