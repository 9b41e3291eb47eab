-- The whole table: a statement that named the rows of a customer would be kept, with the id, among the mutations.
TRUNCATE TABLE IF EXISTS {{ database | identifier }}.{{ table | identifier }} SYNC
