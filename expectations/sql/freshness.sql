-- The newest record, where it is old at the boundary. A topic without any record is not stale.
SELECT max(append_time) AS newest_record, {{ range_end | literal }} AS boundary
FROM raw.{{ topic }}
WHERE append_time < {{ range_end | moment }}
HAVING count() > 0 AND newest_record < boundary - INTERVAL {{ minutes }} MINUTE
LIMIT {{ shown }}
