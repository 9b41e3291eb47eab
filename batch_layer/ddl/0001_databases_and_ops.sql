-- Frozen: to change a table, add a file with the next number.
CREATE DATABASE IF NOT EXISTS raw;
CREATE DATABASE IF NOT EXISTS batch;
CREATE DATABASE IF NOT EXISTS speed;
CREATE DATABASE IF NOT EXISTS serving;
CREATE DATABASE IF NOT EXISTS ops;

-- One row per publication; the newest row of a definition (greatest sequence) is live. Inserting an older pair again rolls back.
CREATE TABLE IF NOT EXISTS ops.publications
(
    sequence UInt64 COMMENT 'Order of publication, from 1 without a gap.',
    published_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    definition LowCardinality(String) COMMENT 'Digest of every text that decides a figure; names the tables.',
    generation UInt32 COMMENT 'Which computation of the batch layer is read.',
    boundary DateTime('UTC') COMMENT 'Batch answers for append times before it, speed from it on.',
    reason LowCardinality(String) COMMENT 'batch, recompute, deploy or rollback.'
)
ENGINE = MergeTree ORDER BY (definition, sequence);

-- One row per landed offset range.
CREATE TABLE IF NOT EXISTS ops.landed
(
    topic LowCardinality(String),
    partition Int32,
    from_offset Int64,
    to_offset Int64 COMMENT 'Exclusive: the next range starts here.',
    boundary DateTime('UTC') COMMENT 'Every record of the partition with an append time before it has landed.',
    records UInt64 COMMENT 'Fewer than the offsets where transactions or compaction left holes.',
    late_records UInt64 COMMENT 'Records with an append time below a boundary already published; expected: 0.',
    landed_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(landed_at) ORDER BY (topic, partition, from_offset);

-- The identity of each topic when it was first seen: a recreated topic must stop the batch.
CREATE TABLE IF NOT EXISTS ops.topics
(
    topic LowCardinality(String),
    topic_id String,
    seen_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree ORDER BY (topic, seen_at);

-- Records that are in raw but count nowhere.
CREATE TABLE IF NOT EXISTS ops.rejects
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
ENGINE = ReplacingMergeTree PARTITION BY generation ORDER BY (topic, partition, offset);

-- One row per delta model and reconciliation.
CREATE TABLE IF NOT EXISTS ops.reconciliations
(
    run_id String,
    reconciled_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    definition LowCardinality(String),
    generation UInt32,
    model LowCardinality(String),
    range_start DateTime('UTC') COMMENT 'First append minute compared.',
    range_end DateTime('UTC') COMMENT 'Append minute after the last one compared.',
    rows_compared UInt64,
    rows_different UInt64,
    reasons Map(LowCardinality(String), UInt64) COMMENT 'Rows that differ, by reason.'
)
ENGINE = MergeTree ORDER BY (reconciled_at, run_id, model);

-- A sample of the rows that differed.
CREATE TABLE IF NOT EXISTS ops.differences
(
    run_id String,
    model LowCardinality(String),
    grain String COMMENT 'The grouping columns, as JSON.',
    batch String COMMENT 'The measures of the batch layer, as JSON; empty: no such row.',
    speed String COMMENT 'The measures of the speed layer, as JSON; empty: no such row.',
    reason LowCardinality(String),
    found_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree ORDER BY (found_at, run_id, model);

-- One row per state of a load from files; the newest of a load_id counts.
CREATE TABLE IF NOT EXISTS ops.loads
(
    load_id String COMMENT 'Source, files and options, so that the same load again is recognised.',
    source LowCardinality(String),
    location String,
    state Enum8('running' = 1, 'finished' = 2, 'failed' = 3),
    position UInt64 COMMENT 'Events acknowledged by Kafka so far, in the load''s fixed order: where a resume goes on.',
    events UInt64 COMMENT 'Events of the load in all; 0 while unknown.',
    rejected_rows UInt64,
    started_at DateTime64(3, 'UTC'),
    updated_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = ReplacingMergeTree(updated_at) ORDER BY load_id;

-- One row per start of a speed job.
CREATE TABLE IF NOT EXISTS ops.speed_jobs
(
    started_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    definition LowCardinality(String),
    job_id String,
    covers_from DateTime('UTC') COMMENT 'From this append minute on the speed tables are complete.',
    restored_from String COMMENT 'Checkpoint or savepoint; empty: rebuilt from Kafka.'
)
ENGINE = MergeTree ORDER BY (definition, started_at);

-- What an operator should know of: missed deadlines, restarts.
CREATE TABLE IF NOT EXISTS ops.alerts
(
    raised_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    source LowCardinality(String),
    message String
)
ENGINE = MergeTree ORDER BY raised_at;
