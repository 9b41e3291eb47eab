-- One row per invoice and currency whose balance is not 0.
SELECT
    customer_id,
    invoice_id,
    currency,
    invoiced_at,
    due_date,
    invoiced,
    penalised,
    paid,
    reversed,
    credited,
    written_off,
    balance,
    disputed,
    days_past_due,
    bucket,
    last_entry_at
FROM {{ ref('invoice_balances') }}
WHERE balance != 0
