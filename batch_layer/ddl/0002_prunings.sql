-- Frozen: to change a table, add a file with the next number.
-- From when on the speed tables still hold their rows; the reconciliation compares from there.
CREATE TABLE IF NOT EXISTS ops.prunings
(
    pruned_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    definition LowCardinality(String),
    speed_kept_from DateTime('UTC') COMMENT 'Rows of earlier append minutes may have been dropped.',
    dropped Array(String) COMMENT 'Tables and partitions dropped.'
)
ENGINE = MergeTree ORDER BY (definition, pruned_at);
