-- One row per currency with entries.
WITH entries AS (
    SELECT
        *,
        entry_day > addDays({{ business_day(as_of()) }}, -{{ var('dso_days') }}) AS is_in_period
    FROM {{ ref('merged_invoice_entries') }}
),

invoices AS (
    SELECT
        currency,
        {{ due_date() }} AS due_date,
        sum(owed) AS balance,
        sumIf(owed, NOT is_in_period) AS balance_before,
        -- A fee is in them, since a credit note is what takes it back.
        sumIf(amount, is_in_period AND kind IN ('invoiced', 'penalised')) - sumIf(amount, is_in_period AND kind = 'credited') AS sales,
        {{ days_past_due('balance', 'due_date', business_day(as_of())) }} AS days
    FROM entries
    GROUP BY customer_id, invoice_id, currency
),

totals AS (
    SELECT
        currency,
        sumIf(balance_before, balance_before > 0) AS beginning_receivables,
        sum(sales) AS credit_sales,
        sumIf(balance, balance > 0) AS ending_receivables,
        sumIf(balance, balance > 0 AND days = 0) AS ending_current_receivables,
        beginning_receivables + credit_sales - ending_receivables AS collected,
        beginning_receivables + credit_sales - ending_current_receivables AS collectable
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
    round(days_sales_outstanding - best_possible_dso, 2) AS average_days_delinquent,
    if(collectable > 0, round(toFloat64(collected) * 100 / toFloat64(collectable), 2), NULL) AS collection_effectiveness_index
FROM totals
