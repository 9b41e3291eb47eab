-- What is owed in one currency as of an instant, by days past due.
SELECT
    bucket,
    open_invoices,
    customers,
    balance,
    disputed
FROM serving.arrears_aging_as_of(as_of = {as_of:String})
WHERE currency = {currency:String}
ORDER BY bucket_number
