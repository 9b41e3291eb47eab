CREATE TEMPORARY TABLE {{ name }} (
    record_key BYTES,
    record_value BYTES
) WITH (
    'connector' = 'kafka',
    'topic' = '{{ topic }}',
    'properties.bootstrap.servers' = '{{ servers }}',
    {%- for option, value in options.items() %}
    '{{ option }}' = '{{ value }}',
    {%- endfor %}
    'key.format' = 'raw',
    'key.fields' = 'record_key',
    'value.format' = 'raw',
    'value.fields-include' = 'EXCEPT_KEY'
)
