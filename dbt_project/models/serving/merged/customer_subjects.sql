-- One row per row of any subject's deltas in either layer that names a customer, in one form. Add them up.
-- A column that a subject has nothing for holds what changes no sum, so that an empty subject is no special case.
SELECT
    customer_id,
    'demand' AS subject,
    kind,
    currency,
    events,
    first_lines,
    amount,
    first_at,
    last_at,
    {{ no_record() }} AS record,
    {{ no_place() }} AS place
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales are no customer's.
WHERE customer_id != ''
UNION ALL
SELECT
    customer_id,
    'customers' AS subject,
    'recorded' AS kind,
    currency,
    events,
    0 AS first_lines,
    {{ no_money() }} AS amount,
    occurred_at AS first_at,
    occurred_at AS last_at,
    {{ customer_record() }} AS record,
    {{ place_in_topic() }} AS place
FROM {{ ref('united_customer_profile') }}
