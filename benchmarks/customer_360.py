"""How long a reader waits for the single view of one customer, over the deltas of all four subjects.

Demand is that of the row `lookup`; the other subjects come beside it, as few as they are beside orders in life.
"""

import random
from datetime import datetime
from typing import Any

from benchmarks import lookup, queries
from benchmarks.results import Figure, Row
from benchmarks.stack import SEED, Bench
from crm import clickhouse
from crm.models import table

# Delta model, the file that fills it in the batch layer, and how many numbers that counts through.
SUBJECTS = (
    ("customer_feedback_deltas", "customer_360_feedback.sql", 2_000_000),
    ("invoice_deltas", "aging_rows.sql", 1_000_000),
    ("customer_profile_deltas", "customer_360_profiles.sql", 400_000),
)
SPEED_ROWS = 20_000  # of each of them
VIEW = "customer_360"


def measure(bench: Bench) -> Row:
    """p50 and p99 of looking up a customer at random."""
    bench.empty("clickhouse")
    bench.say(f"{VIEW}: {bench.scaled(lookup.BATCH_ROWS):,} rows of demand, and the other subjects")
    customers, boundary = lookup.fill(bench)
    for model, file, count in SUBJECTS:
        _fill(bench, model, file, bench.scaled(count), customers, boundary)
    queries.settled()
    runs = [_run(number, customers) for number in range(1, bench.runs + 1)]
    return Row(
        VIEW,
        f"a customer over all subjects, {bench.scaled(lookup.BATCH_ROWS):,} delta rows of demand",
        [
            Figure("p50", "ms", tuple(run["p50"] for run in runs)),
            Figure("p99", "ms", tuple(run["p99"] for run in runs), 100),
        ],
        runs,
    )


def _fill(bench: Bench, model: str, file: str, count: int, customers: int, boundary: datetime) -> None:
    size = max(count // lookup.BUILDS, 1)
    known = {"table": table(model), "generation": lookup.GENERATION, "customers": customers, "boundary": boundary}
    for first in range(0, count, size):
        queries.run(file, known | {"first": first, "count": min(size, count - first)})
    rows = max(bench.scaled(SPEED_ROWS) // lookup.FLUSHES, 1)
    for flush in range(lookup.FLUSHES):
        queries.run("customer_360_speed_rows.sql", known | {"first": flush * rows, "count": rows})


def _run(number: int, customers: int) -> dict[str, Any]:
    client, chosen = clickhouse.connect("bi"), random.Random(SEED + number)
    query = clickhouse.sql(queries.SQL / "lookup_customer.sql")
    names = [f"K{chosen.randrange(customers):07d}" for _ in range(lookup.WARM_UP + lookup.LOOKUPS)]
    return lookup.summary([lookup.look_up(client, query, VIEW, name) for name in names][lookup.WARM_UP :])
