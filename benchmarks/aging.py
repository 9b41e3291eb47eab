"""How long the aging report takes as of an instant, over every invoice there is.

The rows are made in ClickHouse: their values do not matter, their number, keys and spread do. All of them are of the batch
layer: what the speed layer holds is what arrived since the last boundary.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from batch_layer.moments import aware
from benchmarks import queries
from benchmarks.results import Figure, Row, percentile
from benchmarks.stack import Bench
from crm import clickhouse
from crm.errors import CrmError
from crm.models import definition, table

INVOICES = 1_000_000
CUSTOMERS = 50_000
BUILDS = 10  # as many inserts: parts come as they do in use
REPORTS, WARM_UP = 20, 3
GENERATION = 1


def measure(bench: Bench) -> Row:
    """p50 and p99 of the aging report as of instants over the last year."""
    bench.empty("clickhouse")
    bench.say(f"aging: {bench.scaled(INVOICES):,} invoices")
    boundary = _fill(bench)
    queries.settled()
    runs = [_run(boundary) for _ in range(bench.runs)]
    return Row(
        "aging",
        f"the aging report as of an instant, {bench.scaled(INVOICES):,} invoices",
        [
            Figure("p50", "s", tuple(run["p50"] for run in runs), 1.0),
            Figure("p99", "s", tuple(run["p99"] for run in runs)),
        ],
        runs,
    )


def _fill(bench: Bench) -> datetime:
    """Entries of invoices, published; returns the boundary."""
    boundary = (datetime.now(UTC) - timedelta(minutes=31)).replace(second=0, microsecond=0, tzinfo=None)
    count = bench.scaled(INVOICES)
    size = max(count // BUILDS, 1)
    for first in range(0, count, size):
        bound = {"first": first, "count": min(size, count - first), "customers": bench.scaled(CUSTOMERS)}
        queries.run(
            "aging_rows.sql",
            bound | {"boundary": boundary, "table": table("invoice_deltas"), "generation": GENERATION},
        )
    clickhouse.connect("batch").insert(
        "ops.publications",
        [[1, definition(), GENERATION, aware(boundary), "batch"]],
        column_names=["sequence", "definition", "generation", "boundary", "reason"],
    )
    return boundary


def _run(boundary: datetime) -> dict[str, Any]:
    client, query = clickhouse.connect("bi"), clickhouse.sql(queries.SQL / "aging.sql")
    took: list[float] = []
    for number in range(WARM_UP + REPORTS):
        # Another instant each time, so that no report is the one before; the first is of everything.
        as_of = aware(boundary - timedelta(days=number * 365 // (WARM_UP + REPORTS)))
        begun = time.perf_counter()
        result = client.query(query, parameters={"as_of": as_of})
        took.append(time.perf_counter() - begun)
        if not result.result_rows:
            raise CrmError(f"serving.arrears_aging_as_of has no rows as of {as_of}")
    times = took[WARM_UP:]
    return {
        "p50": round(percentile(times, 0.5), 3),
        "p99": round(percentile(times, 0.99), 3),
        "seconds": [round(one, 3) for one in times],
    }
