{# One row per grain that the live generation or the other side holds in the range, with both sides' measures.
   The other side is the speed layer, or another generation of the batch layer. #}
SELECT
{% for column in grain %}
    coalesce(batch_row.{{ column | identifier }}, other_row.{{ column | identifier }}) AS {{ column | identifier }},
{% endfor %}
    batch_row.is_there IS NOT NULL AS in_batch,
    other_row.is_there IS NOT NULL AS in_other,
    coalesce(batch_row.events, 0) AS batch_events,
    coalesce(other_row.events, 0) AS other_events,
{% for side in ('batch', 'other') %}
    if(in_{{ side }}, toJSONString(map(
{% for column in measures %}
        '{{ column }}', toString({{ side }}_row.{{ column | identifier }}){{ '' if loop.last else ',' }}
{% endfor %}
    )), '') AS {{ side }}_measures,
{% endfor %}
    NOT in_batch OR NOT in_other
{% for column in measures %}
        OR batch_row.{{ column | identifier }} IS DISTINCT FROM other_row.{{ column | identifier }}
{% endfor %}
    AS is_different
FROM (
    SELECT {% for column in columns %}{{ column | identifier }}, {% endfor %}1 AS is_there
    FROM batch.{{ table | identifier }}
    WHERE generation = {generation:UInt32} AND ingest_minute >= {range_start:DateTime('UTC')} AND ingest_minute < {range_end:DateTime('UTC')}
) AS batch_row
FULL OUTER JOIN (
    SELECT {% for column in columns %}{{ column | identifier }}, {% endfor %}1 AS is_there
{% if against == 'speed' %}
    FROM speed.{{ table | identifier }} FINAL
    WHERE ingest_minute >= {range_start:DateTime('UTC')} AND ingest_minute < {range_end:DateTime('UTC')}
{% else %}
    FROM batch.{{ table | identifier }}
    WHERE generation = {other_generation:UInt32} AND ingest_minute >= {range_start:DateTime('UTC')} AND ingest_minute < {range_end:DateTime('UTC')}
{% endif %}
) AS other_row
    ON {% for column in grain %}batch_row.{{ column | identifier }} = other_row.{{ column | identifier }}{{ '' if loop.last else ' AND ' }}{% endfor %}
