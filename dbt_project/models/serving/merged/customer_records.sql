-- One row per customer with a record: its latest one, of whichever layer, in clear.
SELECT
    customer_id,
    sum(events) AS records,
    min(occurred_at) AS first_at,
    argMax({{ customer_record(in_clear=true) }}, {{ place_in_topic() }}) AS latest
FROM {{ ref('united_customer_profile') }}
GROUP BY customer_id
