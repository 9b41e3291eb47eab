-- Frozen: to change a table, add a file with the next number.
-- Customers who were erased, by keyed digest only: what both layers know them by when they send again.
CREATE TABLE IF NOT EXISTS ops.erasures
(
    digest String COMMENT 'SHA-256 of the secret of the role erasure followed by the customer''s id, in hex.',
    policy LowCardinality(String) COMMENT 'What becomes of later events: refuse or pseudonymise.',
    effective_from DateTime('UTC') COMMENT 'Events appended before it were anonymised; from it on they are later events.',
    state LowCardinality(String) COMMENT 'requested, until every step was done; then erased.',
    requested_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at) ORDER BY digest;

-- Where records of erased customers were found: the topic is cut up to there once no rollback needs it.
CREATE TABLE IF NOT EXISTS ops.erased_records
(
    topic LowCardinality(String),
    partition Int32,
    last_offset Int64 COMMENT 'The last of the records that were rewritten together.',
    last_append_time DateTime64(3, 'UTC'),
    records UInt64,
    found_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree ORDER BY (topic, partition, last_offset);
