CREATE TABLE IF NOT EXISTS speed.{{ table }}
(
    {%- for name, type in columns.items() %}
    {{ name }} {{ type }}{{ "," if not loop.last }}
    {%- endfor %}
)
ENGINE = ReplacingMergeTree(events)
PARTITION BY toStartOfHour(ingest_minute)
ORDER BY ({{ grain | join(", ") }})
