-- Frozen: to change a table, add a file with the next number.
-- One row per suite of expectations and check. What did not hold is named, never the values that were observed: rejected
-- values can be personal data, and an erasure does not rewrite this table.
CREATE TABLE IF NOT EXISTS ops.checks
(
    checked_at DateTime64(3, 'UTC') COMMENT 'The same for all suites of a check.',
    generation UInt32,
    range_start DateTime('UTC') COMMENT 'First append minute checked.',
    range_end DateTime('UTC') COMMENT 'Append minute after the last one checked.',
    suite LowCardinality(String),
    held UInt32 COMMENT 'Expectations that held.',
    warned Array(String) COMMENT 'Those of severity warning that did not: they stop nothing.',
    failed Array(String) COMMENT 'Those that did not hold and kept the range from being published.'
)
ENGINE = MergeTree ORDER BY (checked_at, suite) TTL toDateTime(checked_at) + INTERVAL 90 DAY;
