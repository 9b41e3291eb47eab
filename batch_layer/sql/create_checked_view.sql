-- The rows under test. A view, since Great Expectations would fetch all rows of a query only to learn its columns.
CREATE OR REPLACE VIEW batch.{{ view | identifier }} AS
SELECT *
FROM batch.{{ table | identifier }}
WHERE generation = {{ generation | int }}
    AND ingest_minute >= toDateTime({{ range_start | int }}, 'UTC') AND ingest_minute < toDateTime({{ range_end | int }}, 'UTC')
