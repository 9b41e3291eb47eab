-- One row per currency and bucket with open invoices.
SELECT
    currency,
    bucket,
    {{ bucket_number('bucket') }} AS bucket_number,
    toInt64(count()) AS open_invoices,
    toInt64(uniqExact(customer_id)) AS customers,
    sum(invoices.balance) AS balance,
    sum(invoices.disputed) AS disputed
FROM {{ ref('invoice_balances') }} AS invoices
WHERE invoices.balance != 0
GROUP BY currency, bucket
