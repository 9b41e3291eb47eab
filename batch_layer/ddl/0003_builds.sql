-- Frozen: to change a table, add a file with the next number.
-- One row per build begun. A publication is refused where another build of its generation has begun since: it may have
-- taken away rows that were about to be published.
CREATE TABLE IF NOT EXISTS ops.builds
(
    begun_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC'),
    definition LowCardinality(String),
    generation UInt32,
    build_id String,
    range_start DateTime('UTC'),
    range_end DateTime('UTC')
)
ENGINE = MergeTree ORDER BY (definition, generation, begun_at);
