-- Records [first, first + count) of the customers in turn, over two years.
INSERT INTO batch.{table:Identifier}
(
    generation, customer_id, append_time, partition, offset, ingest_minute, events, name, email, country, segment, credit_limit,
    currency, consent, occurred_at
)
SELECT
    {generation:UInt32},
    concat('K', leftPad(toString(number % {customers:UInt32}), 7, '0')),
    toDateTime64({boundary:DateTime('UTC')} - toIntervalSecond(3600 + cityHash64(number, 'moment') % 63072000), 3, 'UTC') AS appended_at,
    number % 2,
    number,
    toStartOfMinute(appended_at),
    1,
    'A Name',
    'someone@example.com',
    ['DE', 'BR', 'GB'][1 + number % 3],
    '',
    toDecimal64(cityHash64(number, 'limit') % 5000, 2),
    'EUR',
    'granted',
    toDateTime64(appended_at, 3, 'UTC')
FROM numbers({first:UInt64}, {count:UInt64})
