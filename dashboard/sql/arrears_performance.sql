-- How fast and how completely money comes in, in one currency as of an instant.
SELECT
    period_days,
    days_sales_outstanding,
    best_possible_dso,
    collection_effectiveness_index
FROM serving.dso_and_cei_as_of(as_of = {as_of:String})
WHERE currency = {currency:String}
