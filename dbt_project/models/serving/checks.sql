-- One row per check and suite of expectations.
SELECT
    checked_at,
    generation,
    range_start,
    range_end,
    toString(suite) AS suite,
    toInt64(held) AS held,
    toInt64(length(warned)) AS warned,
    toInt64(length(failed)) AS failed,
    arrayStringConcat(arrayConcat(failed, warned), '; ') AS not_held
FROM {{ source('ops', 'checks') }}
