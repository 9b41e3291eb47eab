-- One row per invoice and currency with entries up to the instant asked for, its history in arrays.
WITH invoices AS (
    SELECT
        customer_id,
        invoice_id,
        currency,
        -- In the order of time; of entries of one moment, the latest due date last.
        arraySort(groupArray((occurred_at, due_date, entry_day, kind, amount, owed))) AS entries,
        entries.3 AS entry_days,
        entries.4 AS kinds
    FROM {{ ref('merged_invoice_entries') }}
    GROUP BY customer_id, invoice_id, currency
),

running AS (
    SELECT
        *,
        arrayCumSum(entries.6) AS balances,
        -- The due date known after each entry: an entry that is no invoice leaves it as it was. The rule of due_date().
        arrayFill(
            (_, kind) -> kind = 'invoiced',
            arrayMap((kind, due, day) -> if(kind = 'invoiced', due, day), kinds, entries.2, entry_days), kinds
        ) AS due_dates,
        -- A balance holds from the day of its entry until the day of the next one, exclusive; the last one through today.
        arrayPushBack(arrayPopFront(entry_days), addDays({{ business_day(as_of()) }}, 1)) AS until_days
    FROM invoices
)

SELECT
    customer_id,
    invoice_id,
    currency,
    balances[-1] AS balance,
    due_dates[-1] AS due_date,
    arraySum((kind, amount) -> multiIf(kind = 'disputed', amount, kind = 'dispute_resolved', -amount, 0), kinds, entries.5)
        AS contested,
    -- (first day, day after the last, balance, first day past due): what was owed at the end of these days.
    arrayFilter(
        span -> span.3 > 0 AND span.1 < span.2,
        arrayMap(
            (from_day, until_day, owed, due) -> (from_day, until_day, owed, greatest(from_day, addDays(due, 1))),
            entry_days, until_days, balances, due_dates
        )
    ) AS owed_spans,
    -- (moment, day promised, amount); those of one moment for one day are one promise, however they arrived.
    arrayMap(
        promise -> (
            promise.1, promise.2,
            arraySum(entry -> if(entry.4 = 'promised' AND (entry.1, entry.2) = promise, entry.5, 0), entries)
        ),
        arrayDistinct(arrayMap(entry -> (entry.1, entry.2), arrayFilter(entry -> entry.4 = 'promised', entries)))
    ) AS promises,
    -- Broken: the day has passed, something was left at its end, and less was paid from the promise on than was promised until then
    -- at that moment: instalments are promised together, and one payment keeps one of them.
    arrayFilter(
        promise -> promise.2 < {{ business_day(as_of()) }}
        AND arraySum(entry -> if(entry.3 <= promise.2, entry.6, 0), entries) > 0
        AND (
            promise.3 = 0
            OR arraySum(
                entry -> if(
                    entry.1 >= promise.1 AND entry.3 <= promise.2,
                    multiIf(entry.4 = 'paid', entry.5, entry.4 = 'reversed', -entry.5, 0), 0
                ), entries
            ) < arraySum(entry -> if(entry.4 = 'promised' AND entry.1 = promise.1 AND entry.2 <= promise.2, entry.5, 0), entries)
        ),
        promises
    ) AS broken_promises
FROM running
