-- One row per customer that any subject knows, with what each subject knows of it.
-- A UNION ALL and no join: so a condition on the customer reaches each table's primary index, and a subject without it leaves nothing.
-- depends_on: {{ ref('demand_of_customers') }}
-- depends_on: {{ ref('feedback_of_customers') }}
-- depends_on: {{ ref('arrears_of_customers') }}
-- depends_on: {{ ref('profile_of_customers') }}
WITH known AS (
    {{ known_by('demand') }}
    UNION ALL
    {{ known_by('feedback') }}
    UNION ALL
    {{ known_by('arrears') }}
    UNION ALL
    {{ known_by('profile') }}
)

SELECT
    customer_id,
    max(last_event_at) AS last_event_at,
    anyIf(demand, subject = 'demand') AS demand,
    anyIf(feedback, subject = 'feedback') AS feedback,
    anyIf(arrears, subject = 'arrears') AS arrears,
    anyIf(profile, subject = 'profile') AS profile
FROM known
GROUP BY customer_id
