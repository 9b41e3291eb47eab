-- One row per customer with invoices: its figures as one value.
SELECT
    customer_id,
    max(last_entry_at) AS last_event_at,
    {{ named_tuple([
        ('open_invoices', "toInt64(countIf(balance > 0))"),
        ('overdue_invoices', "toInt64(countIf(invoices.days_past_due > 0))"),
        ('open', "sumMapIf(map(currency, balance), balance > 0)"),
        ('overdue', "sumMapIf(map(currency, balance), invoices.days_past_due > 0)"),
        ('days_past_due', "max(invoices.days_past_due)")
    ]) }} AS arrears
FROM {{ ref('invoice_balances') }} AS invoices
GROUP BY customer_id
{{ named_tuples() }}
