-- One row per customer with a record: the latest one, with name and e-mail address in clear. Not for the user bi.
WITH latest AS (
    SELECT
        customer_id,
        {{ latest_record(in_clear=true) }} AS profile
    FROM {{ ref('united_customer_profile') }} AS records
    GROUP BY customer_id
    {{ names_in_tuples() }}
)

SELECT
    customer_id,
    profile.name AS name,
    profile.email AS email,
    profile.country AS country,
    profile.consent AS consent,
    profile.changed_at AS changed_at
FROM latest
