-- One row per check and suite of expectations.
SELECT
    checked_at,
    generation,
    range_start,
    range_end,
    CAST(suite, 'String') AS suite,
    toInt64(suites.held) AS held,
    toInt64(length(suites.warned)) AS warned,
    toInt64(length(suites.failed)) AS failed,
    arrayStringConcat(arrayConcat(suites.failed, suites.warned), '; ') AS not_held
FROM {{ source('ops', 'checks') }} AS suites
