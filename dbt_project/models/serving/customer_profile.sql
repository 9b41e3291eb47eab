-- One row per customer with a record: the latest one by its place in the topic. Name and e-mail address are masked.
SELECT
    customer_id,
    profile.name AS name,
    profile.email AS email,
    profile.country AS country,
    profile.segment AS segment,
    profile.credit_limit AS credit_limit,
    profile.currency AS currency,
    profile.consent AS consent,
    first_known_at,
    profile.changed_at AS changed_at,
    records
FROM {{ ref('profile_of_customers') }}
