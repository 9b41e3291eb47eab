-- One row per customer with a record: its latest one, of whichever layer.
SELECT
    customer_id,
    sum(events) AS records,
    min(occurred_at) AS first_at,
    CAST(
        argMax(
            (name, email, country, segment, if(credit_limit < 0, NULL, credit_limit), currency, consent, occurred_at),
            (append_time, `partition`, `offset`)
        ),
        'Tuple(name String, email String, country String, segment String, credit_limit Nullable(Decimal(18, 2)), currency String, consent String, changed_at DateTime64(3, \'UTC\'))'
    ) AS latest
FROM {{ ref('united_customer_profile') }}
GROUP BY customer_id
