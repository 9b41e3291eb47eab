-- One row per customer and currency with entries.
WITH invoices AS (
    SELECT
        *,
        {{ open_dispute('contested', 'balance') }} AS disputed,
        {{ days_past_due('balance', 'due_date', business_day(as_of())) }} AS days,
        {{ aging_bucket('balance', 'days') }} AS bucket,
        -- The first days past due of the spans that got there.
        arrayFilter((day, span) -> day < span.2, owed_spans.4, owed_spans) AS delinquent_from
    FROM {{ ref('invoice_histories') }}
),

-- What had been said by then; the latest record counts, as in customer_profile.
limits AS (
    SELECT
        customer_id AS holder,
        argMax((currency, if(credit_limit < 0, NULL, credit_limit)), (append_time, `partition`, offset)) AS latest
    FROM {{ ref('united_customer_profile') }}
    WHERE occurred_at <= {{ as_of() }}
    GROUP BY holder
),

totals AS (
    SELECT
        customer_id,
        currency,
        toInt64(countIf(balance > 0)) AS open_invoices,
        sumIf(balance, balance > 0) AS open,
        -sumIf(balance, balance < 0) AS credit,
        toInt64(countIf(days > 0)) AS overdue_invoices,
        sumIf(balance, days > 0) AS overdue,
        max(days) AS days_past_due,
        {%- for bucket in ('current', '1-30', '31-60', '61-90', 'over 90') %}
        sumIf(balance, bucket = '{{ bucket }}') AS {{ 'days_' if bucket != 'current' }}{{ bucket | replace('-', '_') | replace(' ', '_') }},
        {%- endfor %}
        sum(disputed) AS disputed,
        toInt64(sum(length(promises))) AS promises,
        toInt64(sum(length(broken_promises))) AS broken_promises,
        arrayReduce('minOrNull', groupArrayArray(delinquent_from)) AS first_delinquent_on
    FROM invoices
    GROUP BY customer_id, currency
)

SELECT
    totals.*,
    if(limits.latest.1 = currency, limits.latest.2, NULL) AS credit_limit,
    {{ use_of_limit('open', 'credit_limit') }} AS credit_limit_use
FROM totals
LEFT JOIN limits ON totals.customer_id = limits.holder
