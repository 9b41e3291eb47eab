-- One row per customer and currency in which it has ordered, paid, owes or has a limit.
WITH currencies AS (
    SELECT
        *,
        arrayJoin(
            arrayDistinct(
                arrayConcat(
                    mapKeys(demand.net), mapKeys(demand.paid), mapKeys(arrears.open),
                    arrayFilter(code -> isNotNull(profile.credit_limit), [profile.currency])
                )
            )
        ) AS code
    FROM {{ ref('customer_totals') }}
)

SELECT
    customer_id,
    code AS currency,
    demand.gross[code] AS gross,
    demand.net[code] AS net,
    demand.paid[code] AS paid,
    arrears.open[code] AS open,
    arrears.overdue[code] AS overdue,
    if(profile.currency = code, profile.credit_limit, NULL) AS credit_limit,
    {{ use_of_limit('arrears.open[code]', 'credit_limit') }} AS credit_limit_use
FROM currencies
