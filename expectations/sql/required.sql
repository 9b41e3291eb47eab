-- Valid records whose bytes lack a field that the contract requires, or have null there.
SELECT
    partition, offset,
    arrayFilter(field -> NOT has(fields.1, field) OR fields.2[indexOf(fields.1, field)] = 'null', [{{ required | map('literal') | join(', ') }}]) AS missing
FROM (
    SELECT partition, offset, JSONExtractKeysAndValuesRaw(assumeNotNull(value)) AS fields
    FROM raw.{{ topic }}_events
    WHERE append_time >= {{ range_start | moment }} AND append_time < {{ range_end | moment }} AND reject_reason = ''
)
WHERE notEmpty(missing)
LIMIT {{ shown }}
