-- One mutation, which ClickHouse applies to each part as a whole and goes on with after a restart.
ALTER TABLE raw.{{ topic | identifier }}
UPDATE key = NULL, value = joinGet('ops.rewrites', 'value', {topic:String}, partition, offset)
WHERE append_time >= toDateTime64({range_start:DateTime('UTC')}, 3, 'UTC') AND append_time < toDateTime64({range_end:DateTime('UTC')}, 3, 'UTC')
    AND joinGet('ops.rewrites', 'is_rewritten', {topic:String}, partition, offset) = 1
SETTINGS mutations_sync = 2
