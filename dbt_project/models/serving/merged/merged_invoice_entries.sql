-- One row per row of invoice_deltas in either layer, up to the instant asked for. Add them up.
SELECT
    customer_id,
    invoice_id,
    currency,
    kind,
    {#- What names no day has that of the event in UTC: where the business is, the day may have been over by then. #}
    {%- if var('arrears_time_zone') == 'UTC' %}
    due_date,
    {%- else %}
    if(due_date = toDate32(occurred_at, 'UTC'), greatest(due_date, {{ business_day('occurred_at') }}), due_date) AS due_date,
    {%- endif %}
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
