-- One row per customer with demand: its figures as one value.
SELECT
    customer_id,
    max(last_at) AS last_event_at,
    {{ named_tuple([
        ('orders', "sumIf(first_lines, kind = 'placed')"),
        ('order_lines', "sumIf(events, kind = 'placed')"),
        ('cancelled_lines', "sumIf(events, kind = 'cancelled')"),
        ('returned_lines', "sumIf(events, kind = 'returned')"),
        ('gross', "sumMapIf(map(currency, amount), kind = 'placed')"),
        ('net', "sumMapIf(map(currency, if(kind IN ('cancelled', 'returned'), -amount, amount)), kind IN ('placed', 'cancelled', 'returned', 'adjusted'))"),
        ('paid', "sumMapIf(map(currency, amount), kind = 'paid')"),
        ('first_order_at', "minOrNullIf(first_at, kind = 'placed')"),
        ('last_order_at', "maxOrNullIf(last_at, kind = 'placed')")
    ]) }} AS demand
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales are no customer's.
WHERE customer_id != ''
GROUP BY customer_id
{{ names_in_tuples() }}
