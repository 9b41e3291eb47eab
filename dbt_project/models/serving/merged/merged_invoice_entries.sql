-- One row per row of invoice_deltas in either layer, up to the instant asked for. Add them up.
SELECT
    customer_id,
    invoice_id,
    currency,
    kind,
    due_date,
    occurred_at,
    {{ business_day('occurred_at') }} AS entry_day,
    amount,
    multiIf(
        kind IN ('invoiced', 'penalised', 'reversed'), amount,
        kind IN ('paid', 'credited', 'written_off'), -amount,
        toDecimal128(0, 2)
    ) AS owed
FROM ({{ merged('invoice_deltas') }})
WHERE occurred_at <= {{ as_of() }}
