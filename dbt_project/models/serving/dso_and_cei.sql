-- One row per currency with entries.
WITH invoices AS (
    SELECT
        currency,
        {{ due_date() }} AS due_date,
        sum(owed) AS balance,
        sumIf(owed, entry_day <= addDays({{ business_day(as_of()) }}, -{{ var('dso_days') }})) AS balance_before,
        sumIf(amount, kind = 'invoiced' AND entry_day > addDays({{ business_day(as_of()) }}, -{{ var('dso_days') }}))
            - sumIf(amount, kind = 'credited' AND entry_day > addDays({{ business_day(as_of()) }}, -{{ var('dso_days') }})) AS sales
    FROM {{ ref('merged_invoice_entries') }}
    GROUP BY customer_id, invoice_id, currency
),

totals AS (
    SELECT
        currency,
        sumIf(balance_before, balance_before > 0) AS beginning_receivables,
        sum(sales) AS credit_sales,
        sumIf(balance, balance > 0) AS ending_receivables,
        sumIf(balance, {{ days_past_due('balance', 'due_date', business_day(as_of())) }} = 0 AND balance > 0) AS ending_current_receivables
    FROM invoices
    GROUP BY currency
)

SELECT
    currency,
    toUInt16({{ var('dso_days') }}) AS period_days,
    beginning_receivables,
    credit_sales,
    ending_receivables,
    ending_current_receivables,
    {{ days_of_sales('ending_receivables', 'credit_sales') }} AS days_sales_outstanding,
    {{ days_of_sales('ending_current_receivables', 'credit_sales') }} AS best_possible_dso,
    {{ days_of_sales('(ending_receivables - ending_current_receivables)', 'credit_sales') }} AS average_days_delinquent,
    if(
        beginning_receivables + credit_sales - ending_current_receivables > 0,
        round(
            toFloat64(beginning_receivables + credit_sales - ending_receivables) * 100
            / toFloat64(beginning_receivables + credit_sales - ending_current_receivables),
            2
        ),
        NULL
    ) AS collection_effectiveness_index
FROM totals
