-- What became of the invoices of each bucket, in one currency.
SELECT
    from_bucket,
    to_bucket,
    invoices,
    invoice_share
FROM serving.roll_rates_as_of(since = {since:String}, as_of = {as_of:String})
WHERE currency = {currency:String}
ORDER BY from_bucket, to_bucket
