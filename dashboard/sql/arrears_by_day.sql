-- Open and overdue in one currency at the end of each day up to an instant.
SELECT
    arrears_day,
    open,
    overdue
FROM serving.arrears_by_day_as_of(as_of = {as_of:String})
WHERE currency = {currency:String}
ORDER BY arrears_day
