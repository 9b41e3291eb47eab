DROP VIEW IF EXISTS batch.{{ view | identifier }}
