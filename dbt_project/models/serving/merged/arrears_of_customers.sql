-- One row per customer with invoices: its figures as one value.
SELECT
    customer_id,
    max(last_entry_at) AS last_event_at,
    CAST(
        (
            countIf(balance > 0),
            countIf(days_past_due > 0),
            sumMapIf(map(currency, balance), balance > 0),
            sumMapIf(map(currency, balance), days_past_due > 0),
            max(days_past_due)
        ),
        {{ type_of('arrears') }}
    ) AS arrears
FROM {{ ref('invoice_balances') }}
GROUP BY customer_id
