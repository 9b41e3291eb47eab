-- One row per customer with a record: the latest one by its place in the topic. Name and e-mail address are masked.
SELECT
    customer_id,
    {{ masked('latest.name') }} AS name,
    {{ masked('latest.email') }} AS email,
    latest.country AS country,
    latest.segment AS segment,
    latest.credit_limit AS credit_limit,
    latest.currency AS currency,
    latest.consent AS consent,
    first_at AS first_known_at,
    latest.changed_at AS changed_at,
    records
FROM {{ ref('customer_records') }}
