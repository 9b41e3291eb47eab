-- One record for each record of topic feedback: the same key, the value with language and sentiment in it.
INSERT INTO feedback_enriched
SELECT
    record_key,
    ENRICH(record_value) AS record_value
FROM feedback
