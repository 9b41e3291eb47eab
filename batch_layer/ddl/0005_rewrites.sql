-- Frozen: to change a table, add a file with the next number.
-- What records of raw are being rewritten to, for the length of one mutation.
CREATE TABLE IF NOT EXISTS ops.rewrites
(
    topic String,
    partition Int32,
    offset Int64,
    is_rewritten UInt8,
    value Nullable(String)
)
ENGINE = Join(ANY, LEFT, topic, partition, offset);
