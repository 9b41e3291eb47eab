-- Events behind the newest version of every row of a speed table, and how many rows there are.
SELECT
    toInt64(sum(events)) AS events,
    toInt64(count()) AS rows
FROM speed.{table:Identifier} FINAL
