-- One row per row of any subject's deltas in either layer that names a customer (of arrears, per invoice), in one form. Add them up.
-- A column that a subject has nothing for holds what changes no figure, so that an empty subject is no special case.
SELECT
    customer_id,
    'demand' AS subject,
    kind,
    currency,
    events,
    first_lines,
    0 AS rating,
    -1 AS nps,
    0 AS days_past_due,
    amount,
    first_at,
    last_at,
    {{ no_record() }} AS record,
    {{ no_place() }} AS place
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales, and below anonymous feedback, are no customer's.
WHERE customer_id != ''
UNION ALL
SELECT
    customer_id,
    'feedback' AS subject,
    kind,
    '' AS currency,
    events,
    0 AS first_lines,
    rating,
    nps,
    0 AS days_past_due,
    {{ no_money() }} AS amount,
    first_at,
    last_at,
    {{ no_record() }} AS record,
    {{ no_place() }} AS place
FROM {{ ref('united_customer_feedback') }}
WHERE customer_id != ''
UNION ALL
SELECT
    customer_id,
    'arrears' AS subject,
    'balance' AS kind,
    currency,
    1 AS events,
    0 AS first_lines,
    0 AS rating,
    -1 AS nps,
    days_past_due,
    balance AS amount,
    last_entry_at AS first_at,
    last_entry_at AS last_at,
    {{ no_record() }} AS record,
    {{ no_place() }} AS place
FROM {{ ref('invoice_balances') }}
UNION ALL
SELECT
    customer_id,
    'customers' AS subject,
    'recorded' AS kind,
    currency,
    events,
    0 AS first_lines,
    0 AS rating,
    -1 AS nps,
    0 AS days_past_due,
    {{ no_money() }} AS amount,
    occurred_at AS first_at,
    occurred_at AS last_at,
    {{ customer_record() }} AS record,
    {{ place_in_topic() }} AS place
FROM {{ ref('united_customer_profile') }}
