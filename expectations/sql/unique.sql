-- Grains with more than one row.
SELECT {{ grain | join(', ') }}, count() AS number_of_rows
FROM {{ batch }}
GROUP BY {{ grain | join(', ') }}
HAVING number_of_rows > 1
LIMIT {{ shown }}
