{# The rows that differ, each with the reason that explains it, if one does. #}
SELECT
    toJSONString(map({% for column in grain %}'{{ column }}', toString({{ column | identifier }}){{ '' if loop.last else ', ' }}{% endfor %})) AS grain,
    batch_measures AS batch,
    other_measures AS speed,
    abs(batch_events - other_events) AS distance,
    multiIf(
        other_events > batch_events AND has({minutes_with_duplicates:Array(DateTime('UTC'))}, ingest_minute), 'duplicate beyond the horizon',
        other_events < batch_events AND {other_definition:Bool}, 'definition',
        other_events < batch_events AND {is_lagging:Bool}, 'lag',
        'unexplained'
    ) AS reason
FROM ({% include 'layers_joined.sql' %})
WHERE is_different
