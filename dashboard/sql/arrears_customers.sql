-- Who owes the most past due in one currency as of an instant.
SELECT
    customer_id,
    open,
    overdue,
    days_past_due,
    disputed,
    broken_promises
FROM serving.customer_arrears_as_of(as_of = {as_of:String})
WHERE currency = {currency:String} AND overdue > 0
ORDER BY overdue DESC, customer_id ASC
LIMIT 15
