DROP TABLE IF EXISTS {{ database | identifier }}.{{ table | identifier }} SYNC
