CREATE TABLE IF NOT EXISTS speed.{{ table }}
(
    {%- for name, type in columns.items() %}
    {{ name }} {{ type }}{{ "," if not loop.last }}
    {%- endfor %}
)
ENGINE = ReplacingMergeTree(events)
PARTITION BY toStartOfHour(ingest_minute)
ORDER BY ({{ grain | join(", ") }})
-- A lookup reads at least one granule of each part: of 8,192 rows, most of a lookup's time went into rows of others.
SETTINGS index_granularity = 512
