SELECT * FROM batch.{{ model }}
WHERE generation = {{ generation }} AND ingest_minute >= {{ range_start | literal }} AND ingest_minute < {{ range_end | literal }}
