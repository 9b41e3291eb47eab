CREATE DATABASE IF NOT EXISTS ops;
CREATE TABLE IF NOT EXISTS ops.schema_migrations
(
    file String,
    checksum String COMMENT 'SHA-256 of the file when it was applied: a frozen file never changes.',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
)
ENGINE = MergeTree ORDER BY file;
