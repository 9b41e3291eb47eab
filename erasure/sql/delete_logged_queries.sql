ALTER TABLE system.query_log
DELETE WHERE match(query, {pattern:String})
SETTINGS mutations_sync = 2
