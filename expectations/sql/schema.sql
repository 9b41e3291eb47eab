-- Columns of the events view that the contract does not have so, or that are missing.
SELECT name, expected_type, actual_type
FROM (
    SELECT name, maxIf(type, side = 'contract') AS expected_type, maxIf(type, side = 'view') AS actual_type
    FROM (
{% for name, type in columns.items() %}
        SELECT 'contract' AS side, {{ name | literal }} AS name, {{ type | literal }} AS type
        UNION ALL
{% endfor %}
        SELECT 'view', name, type
        FROM system.columns
        WHERE database = 'raw' AND table = {{ (topic ~ '_events') | literal }} AND name NOT IN ('partition', 'offset', 'append_time', 'value', 'reject_reason')
    )
    GROUP BY name
)
WHERE expected_type != actual_type
LIMIT {{ shown }}
