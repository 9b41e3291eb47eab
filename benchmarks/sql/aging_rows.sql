-- Entries of the invoices [first, first + count): each invoiced, nine of ten paid, some in time, some late, over two years.
INSERT INTO batch.{table:Identifier}
(generation, customer_id, invoice_id, currency, kind, due_date, occurred_at, ingest_minute, events, amount)
WITH
{boundary:DateTime('UTC')} - toIntervalSecond(3600 + cityHash64(number, 'invoiced') % 63072000) AS invoiced_at,
invoiced_at + toIntervalSecond(cityHash64(number, 'paid') % 5184000) AS paid_at

SELECT
    {generation:UInt32},
    concat('K', leftPad(toString(cityHash64(number, 'customer') % {customers:UInt32}), 7, '0')),
    leftPad(toString(number), 10, '0'),
    'EUR',
    arrayJoin(if(number % 10 = 0, ['invoiced'], ['invoiced', 'paid'])) AS kind,
    toDate32(if(kind = 'paid', paid_at, invoiced_at + toIntervalDay(30)), 'UTC'),
    toDateTime64(if(kind = 'paid', paid_at, invoiced_at), 3, 'UTC') AS occurred_at,
    toStartOfMinute(invoiced_at),
    1,
    toDecimal64(1 + cityHash64(number, 'amount') % 10000, 2) / 100
FROM numbers({first:UInt64}, {count:UInt64})
