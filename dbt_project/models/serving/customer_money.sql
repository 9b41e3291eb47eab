-- One row per customer and currency in which it has ordered, paid, owes or has a limit.
SELECT
    customer_id,
    currency,
    gross[currency] AS gross,
    net[currency] AS net,
    paid[currency] AS paid,
    open[currency] AS open,
    overdue[currency] AS overdue,
    if(latest.currency = currency, latest.credit_limit, NULL) AS credit_limit,
    {{ use_of_limit('open[currency]', 'credit_limit') }} AS credit_limit_use
FROM {{ ref('customer_totals') }}
ARRAY JOIN
    arrayDistinct(
        arrayConcat(
            mapKeys(net), mapKeys(paid), mapKeys(open), if(isNull(latest.credit_limit), emptyArrayString(), [latest.currency])
        )
    ) AS currency
