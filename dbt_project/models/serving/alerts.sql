-- One row per alert.
SELECT
    raised_at,
    toString(source) AS source,
    message
FROM {{ source('ops', 'alerts') }}
