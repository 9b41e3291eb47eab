-- One row per customer with invoices: its figures as one value.
-- Not from invoice_balances: planning a lookup would take in all that it knows of an invoice.
WITH invoices AS (
    SELECT
        customer_id,
        currency,
        {{ due_date() }} AS due_date,
        max(occurred_at) AS last_entry_at,
        sum(owed) AS balance,
        {{ days_past_due('balance', 'due_date', business_day(as_of())) }} AS days
    FROM {{ ref('merged_invoice_entries') }}
    GROUP BY customer_id, invoice_id, currency
)

SELECT
    customer_id,
    max(last_entry_at) AS last_event_at,
    {{ named_tuple([
        ('open_invoices', "toInt64(countIf(balance > 0))"),
        ('overdue_invoices', "toInt64(countIf(days > 0))"),
        ('open', "sumMapIf(map(currency, balance), balance > 0)"),
        ('overdue', "sumMapIf(map(currency, balance), days > 0)"),
        ('days_past_due', "max(days)")
    ]) }} AS arrears
FROM invoices
GROUP BY customer_id
{{ names_in_tuples() }}
