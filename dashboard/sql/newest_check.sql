-- The newest check, by suite; what did not hold first.
SELECT
    checked_at,
    suite,
    held,
    warned,
    failed,
    not_held
FROM serving.checks
WHERE checked_at = (SELECT max(newest.checked_at) FROM serving.checks AS newest)
ORDER BY failed DESC, warned DESC, suite ASC
