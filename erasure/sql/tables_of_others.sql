-- Tables of other definitions than the live one, and copies that somebody built by hand.
SELECT database, name
FROM system.tables
WHERE database IN ('batch', 'speed') AND match(name, '__[0-9a-f]{10}$') AND NOT endsWith(name, {suffix:String})
    OR match(database, '^dev_') AND engine != 'View'
ORDER BY database, name
