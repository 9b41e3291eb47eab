-- Frozen: to change a table, add a file with the next number.
-- FINAL merges across partitions, so the key must name the generation, too: without it a recomputation hid the rejects of the
-- generation that was live, or its own.
CREATE OR REPLACE TABLE ops.rejects
(
    generation UInt32,
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    append_time DateTime64(3, 'UTC'),
    reason String COMMENT 'The field and what is wrong with it.',
    key Nullable(String),
    value Nullable(String) COMMENT 'The bytes as received.'
)
ENGINE = ReplacingMergeTree PARTITION BY generation ORDER BY (generation, topic, partition, offset)
AS SELECT generation, topic, partition, offset, append_time, reason, key, value FROM ops.rejects;
