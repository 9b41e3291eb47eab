-- Orders against what the contract says of their kinds, which no rule of a single column can tell: such money moves the wrong way.
SELECT kind, currency, count() AS events, min(quantity) AS least_quantity, min(amount) AS least_amount, min((partition, offset)) AS example
FROM {{ batch }}
WHERE (kind IN ('placed', 'cancelled', 'returned') AND (quantity < 0 OR amount < 0))
    OR (kind = 'placed' AND line_no < 1)
    OR (kind = 'status_changed' AND status = '')
    OR NOT match(currency, '^[A-Z][A-Z][A-Z]$')
GROUP BY kind, currency
ORDER BY events DESC
LIMIT {{ shown }}
