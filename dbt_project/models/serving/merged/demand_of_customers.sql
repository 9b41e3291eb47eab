-- One row per customer with demand: its figures as one value.
SELECT
    customer_id,
    max(last_at) AS last_event_at,
    CAST(
        (
            sumIf(first_lines, kind = 'placed'),
            sumIf(events, kind = 'placed'),
            sumIf(events, kind = 'cancelled'),
            sumIf(events, kind = 'returned'),
            sumMapIf(map(currency, amount), kind = 'placed'),
            sumMapIf(
                map(currency, if(kind IN ('cancelled', 'returned'), -amount, amount)),
                kind IN ('placed', 'cancelled', 'returned', 'adjusted')
            ),
            sumMapIf(map(currency, amount), kind = 'paid'),
            minOrNullIf(first_at, kind = 'placed'),
            maxOrNullIf(last_at, kind = 'placed')
        ),
        {{ type_of('demand') }}
    ) AS demand
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales are no customer's.
WHERE customer_id != ''
GROUP BY customer_id
