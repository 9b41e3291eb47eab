CREATE TEMPORARY TABLE {{ name }} (
    {%- for column, type in columns.items() %}
    `{{ column }}` {{ type }},
    {%- endfor %}
    PRIMARY KEY (`{{ grain | join("`, `") }}`) NOT ENFORCED
) WITH (
    'connector' = 'jdbc',
    'url' = 'jdbc:clickhouse://{{ host }}:{{ port }}/speed?beta.row_binary_for_simple_insert=true',
    'table-name' = '{{ table }}',
    'username' = 'flink',
    'password' = '{{ password }}',
    'sink.buffer-flush.max-rows' = '{{ flush_rows }}',
    'sink.buffer-flush.interval' = '{{ flush_interval }}',
    'sink.max-retries' = '5'
)
