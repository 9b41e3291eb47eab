ALTER TABLE {{ database | identifier }}.{{ table | identifier }} DROP PARTITION ID '{{ partition_id | int }}'
