-- Frozen: to change a table, add a file with the next number.
-- Documents that Elasticsearch refused for what they hold; the record itself is in raw, by topic, partition and offset.
CREATE TABLE IF NOT EXISTS ops.search_failures
(
    topic LowCardinality(String),
    partition Int32,
    offset Int64,
    reason String COMMENT 'The kind of the error, and the field.',
    failed_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(failed_at) ORDER BY (topic, partition, offset);
