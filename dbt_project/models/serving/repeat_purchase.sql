-- One row per currency.
WITH customers AS (
    SELECT
        customer_id,
        currency,
        sum(first_lines) AS customer_orders,
        arraySort(groupUniqArray(toDate(event_hour, 'UTC'))) AS order_days
    FROM (
        SELECT
            customer_id,
            currency,
            event_hour,
            first_lines
        FROM {{ ref('united_customer_demand') }}
        WHERE customer_id != '' AND kind = 'placed' AND first_lines > 0
    )
    GROUP BY customer_id, currency
),

gaps AS (
    SELECT
        currency,
        customer_orders,
        -- The first difference is of the first day with itself.
        arrayPopFront(arrayDifference(arrayMap(day -> toInt32(day), order_days))) AS days_between
    FROM customers
)

SELECT
    currency,
    toInt64(count()) AS customers,
    toInt64(countIf(customer_orders >= 2)) AS repeat_customers,
    {{ share_of('repeat_customers', 'customers') }} AS repeat_rate,
    sum(customer_orders) AS orders,
    if(notEmpty(groupArrayArray(days_between)), round(arrayAvg(groupArrayArray(days_between)), 2), NULL)
        AS mean_days_between_orders,
    if(notEmpty(groupArrayArray(days_between)), arrayReduce('quantileExactInclusive(0.5)', groupArrayArray(days_between)), NULL)
        AS median_days_between_orders
FROM gaps
GROUP BY currency
