-- One row per customer and currency in which it has ordered, paid, owes or has a limit.
WITH currencies AS (
    SELECT
        *,
        arrayJoin(
            arrayDistinct(
                arrayConcat(
                    mapKeys(net), mapKeys(paid), mapKeys(open),
                    arrayFilter(code -> isNotNull(latest.credit_limit), [latest.currency])
                )
            )
        ) AS code
    FROM {{ ref('customer_totals') }}
)

SELECT
    customer_id,
    code AS currency,
    gross[code] AS gross,
    net[code] AS net,
    paid[code] AS paid,
    open[code] AS open,
    overdue[code] AS overdue,
    if(latest.currency = code, latest.credit_limit, NULL) AS credit_limit,
    {{ use_of_limit('open', 'credit_limit') }} AS credit_limit_use
FROM currencies
