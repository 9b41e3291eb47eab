-- Feedback [first, first + count): ratings, complaints and answers, at random over the customers and two years.
INSERT INTO batch.{table:Identifier}
(generation, customer_id, kind, channel, rating, nps, sentiment_label, event_hour, ingest_minute, events, texts, first_at, last_at)
SELECT
    {generation:UInt32},
    concat('K', leftPad(toString(cityHash64(number, 'customer') % {customers:UInt32}), 7, '0')),
    ['rated', 'complained', 'replied', 'resolved'][1 + cityHash64(number, 'kind') % 4] AS feedback_kind,
    ['survey', 'email', 'phone'][1 + cityHash64(number, 'channel') % 3],
    if(feedback_kind = 'rated', 1 + cityHash64(number, 'rating') % 5, 0),
    -1,
    ['positive', 'neutral', 'negative', 'none'][1 + cityHash64(number, 'sentiment') % 4],
    toStartOfHour({boundary:DateTime('UTC')} - toIntervalSecond(3600 + cityHash64(number, 'hour') % 63072000)) AS hour,
    hour + toIntervalMinute(cityHash64(number, 'minute') % 60),
    1,
    number % 2,
    toDateTime64(hour, 3, 'UTC'),
    toDateTime64(hour, 3, 'UTC')
FROM numbers({first:UInt64}, {count:UInt64})
