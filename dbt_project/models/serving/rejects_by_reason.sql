-- One row per topic and reason.
WITH {{ live() }} AS live

SELECT
    CAST(topic, 'String') AS topic,
    reason,
    toInt64(count()) AS rejects,
    min(append_time) AS first_received_at,
    max(append_time) AS last_received_at
FROM {{ source('ops', 'rejects') }} FINAL
WHERE generation = live.1
GROUP BY topic, reason
