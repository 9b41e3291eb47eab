-- The same customers in the speed layer: the last half hour before now, from the boundary on.
INSERT INTO speed.{table:Identifier}
(customer_id, kind, currency, event_hour, ingest_minute, events, first_lines, units, amount, first_at, last_at)
SELECT
    concat('K', leftPad(toString(cityHash64(number, 'customer') % {customers:UInt32}), 7, '0')) AS customer,
    ['placed', 'placed', 'paid', 'cancelled', 'returned'][1 + cityHash64(number, 'kind') % 5],
    'EUR',
    toStartOfHour({boundary:DateTime('UTC')}) AS hour,
    {boundary:DateTime('UTC')} + toIntervalMinute(cityHash64(number, 'minute') % 30),
    1 + number % 3,
    1,
    1 + number % 5,
    toDecimal64(1 + cityHash64(number, 'amount') % 10000, 2) / 100,
    toDateTime64(hour, 3, 'UTC'),
    toDateTime64(hour, 3, 'UTC') + toIntervalSecond(number % 3600)
FROM numbers({first:UInt64}, {count:UInt64})
