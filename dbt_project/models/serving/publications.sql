-- One row per publication of this definition.
SELECT
    toInt64(sequence) AS sequence,
    published_at,
    generation,
    boundary,
    CAST(reason, 'String') AS reason,
    dateDiff('second', boundary, published_at) AS delay_seconds
FROM {{ source('ops', 'publications') }}
WHERE definition = '{{ var("definition") }}'
