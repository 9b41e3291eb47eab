-- One row per row of a subject's deltas in either layer, in one form: what the single view of a customer is summed from.
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
    {{ no_record() }}
FROM {{ ref('united_customer_demand') }}
-- Anonymous sales are no customer's.
WHERE customer_id != ''
UNION ALL
SELECT
    customer_id,
    'customers' AS subject,
    '' AS kind,
    currency,
    events,
    0 AS first_lines,
    toDecimal128(0, 2) AS amount,
    occurred_at AS first_at,
    occurred_at AS last_at,
    (append_time, `partition`, `offset`) AS place,
    (name != '', email != '', country, segment, credit_limit, currency, consent) AS record
FROM {{ ref('united_customer_profile') }}
