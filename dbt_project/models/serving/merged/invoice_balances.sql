-- One row per invoice and currency with entries up to the instant asked for.
WITH sums AS (
    SELECT
        customer_id,
        invoice_id,
        currency,
        {{ due_date() }} AS due_date,
        minOrNullIf(occurred_at, kind = 'invoiced') AS invoiced_at,
        max(occurred_at) AS last_entry_at,
        sumIf(amount, kind = 'invoiced') AS invoiced,
        sumIf(amount, kind = 'penalised') AS penalised,
        sumIf(amount, kind = 'paid') AS paid,
        sumIf(amount, kind = 'reversed') AS reversed,
        sumIf(amount, kind = 'credited') AS credited,
        sumIf(amount, kind = 'written_off') AS written_off,
        sumIf(amount, kind = 'disputed') - sumIf(amount, kind = 'dispute_resolved') AS contested,
        sum(owed) AS balance
    FROM {{ ref('merged_invoice_entries') }}
    GROUP BY customer_id, invoice_id, currency
)

SELECT
    *,
    {{ open_dispute('contested', 'balance') }} AS disputed,
    {{ days_past_due('balance', 'due_date', business_day(as_of())) }} AS days_past_due,
    {{ aging_bucket('balance', 'days_past_due') }} AS bucket
FROM sums
