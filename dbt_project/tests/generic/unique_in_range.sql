-- The columns are a key of the rows that this build wrote (of the generation and range of the build, so that the cost
-- follows what is new).
{% test unique_in_range(model, columns) %}
SELECT
    {{ columns | join(', ') }},
    count() AS copies
FROM {{ model }}
WHERE
    generation = {{ generation() }}
    AND ingest_minute >= {{ range_start() }}
    AND ingest_minute < {{ range_end() }}
GROUP BY {{ columns | join(', ') }}
HAVING count() > 1
{% endtest %}
