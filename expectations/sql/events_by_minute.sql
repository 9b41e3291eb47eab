-- Minutes of arrival in which the deltas do not hold the events that staging holds, a missing minute included.
SELECT ingest_minute, sum(served) AS events_served, sum(staged) AS events_staged
FROM (
    SELECT ingest_minute, events AS served, 0 AS staged FROM {{ batch }}
    UNION ALL
    SELECT ingest_minute, 0, count() FROM batch.{{ staging }}
    WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
    GROUP BY ingest_minute
)
GROUP BY ingest_minute
HAVING events_served != events_staged
ORDER BY ingest_minute
LIMIT {{ shown }}
