-- One row per alert.
SELECT
    raised_at,
    CAST(source, 'String') AS source,
    message
FROM {{ source('ops', 'alerts') }}
