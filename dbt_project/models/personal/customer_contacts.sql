-- One row per customer with a record: the latest one, with name and e-mail address in clear. Not for the user bi.
SELECT
    customer_id,
    latest.name AS name,
    latest.email AS email,
    latest.country AS country,
    latest.consent AS consent,
    latest.changed_at AS changed_at
FROM {{ ref('customer_records') }}
