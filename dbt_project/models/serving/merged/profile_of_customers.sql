-- One row per customer with a record: the latest one as one value, name and e-mail address masked.
SELECT
    customer_id,
    max(occurred_at) AS last_event_at,
    min(occurred_at) AS first_known_at,
    sum(events) AS records,
    {{ latest_record() }} AS profile
FROM {{ ref('united_customer_profile') }} AS records
GROUP BY customer_id
{{ names_in_tuples() }}
