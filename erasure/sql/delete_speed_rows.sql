-- What the batch layer answers for. Also rows of hours that a pruning would keep because they reach beyond the boundary.
ALTER TABLE speed.{{ table | identifier }}
DELETE WHERE ingest_minute < {boundary:DateTime('UTC')}
SETTINGS mutations_sync = 2
