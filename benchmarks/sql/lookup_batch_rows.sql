-- Rows [first, first + count) of the batch layer: every customer gets them at random, spread over two years.
INSERT INTO batch.{table:Identifier}
(generation, customer_id, kind, currency, event_hour, ingest_minute, events, first_lines, units, amount, first_at, last_at)
SELECT
    {generation:UInt32},
    concat('K', leftPad(toString(cityHash64(number, 'customer') % {customers:UInt32}), 7, '0')) AS customer,
    ['placed', 'placed', 'paid', 'cancelled', 'returned'][1 + cityHash64(number, 'kind') % 5],
    'EUR',
    toStartOfHour({boundary:DateTime('UTC')} - toIntervalSecond(3600 + cityHash64(number, 'hour') % 63072000)) AS hour,
    hour + toIntervalMinute(cityHash64(number, 'minute') % 60),
    1 + number % 3,
    1,
    1 + number % 5,
    toDecimal64(1 + cityHash64(number, 'amount') % 10000, 2) / 100,
    toDateTime64(hour, 3, 'UTC'),
    toDateTime64(hour, 3, 'UTC') + toIntervalSecond(number % 3600)
FROM numbers({first:UInt64}, {count:UInt64})
