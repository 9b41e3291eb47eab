-- Entries of the ledger whose currency is no code of ISO 4217: figures of `eur` and `EUR` are never added.
SELECT kind, currency, count() AS events, min((partition, offset)) AS example
FROM {{ batch }}
WHERE NOT match(currency, '^[A-Z][A-Z][A-Z]$')
GROUP BY kind, currency
ORDER BY events DESC
LIMIT {{ shown }}
