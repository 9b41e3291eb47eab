-- Customers who were erased, or are being erased, by digest.
SELECT
    digest,
    policy,
    effective_from,
    state
FROM ops.erasures FINAL
ORDER BY digest
