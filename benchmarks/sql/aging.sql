SELECT
    currency,
    bucket,
    open_invoices,
    balance
FROM serving.arrears_aging_as_of(as_of = {as_of:DateTime64(3, 'UTC')})
