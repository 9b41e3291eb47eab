"""How long a reader waits for one customer's merged figures, and what merging costs over reading the batch layer alone.

The rows are made in ClickHouse: their values do not matter, their number, keys and spread do. The batch-only query is
the same model, rendered by dbt's target `dev`, which has no speed layer.
"""

import random
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clickhouse_connect.driver.client import Client

from batch_layer.dbt import dbt_command, dbt_environment
from batch_layer.moments import aware, text
from benchmarks import queries
from benchmarks.results import Figure, Row, percentile
from benchmarks.stack import SEED, Bench
from crm import clickhouse
from crm.errors import CrmError
from crm.models import definition, table
from crm.settings import ROOT, settings

BATCH_ROWS, SPEED_ROWS = 20_000_000, 200_000
CUSTOMERS = 200_000  # so a hundred rows each
BUILDS, FLUSHES = 10, 20  # as many inserts: parts come as they do in use
LOOKUPS, WARM_UP = 300, 20
GENERATION = 1
MODEL = "customer_demand"
BATCH_ONLY = "bench_batch_only"


def measure(bench: Bench) -> Row:
    """p50 and p99 of looking up a customer at random, and the ratio of the medians, merged to batch-only."""
    bench.empty("clickhouse")
    bench.say(f"lookup: {bench.scaled(BATCH_ROWS):,} rows")
    customers, _ = fill(bench)
    queries.settled()
    runs = [_run(number, customers) for number in range(1, bench.runs + 1)]
    return Row(
        "lookup",
        f"a customer's merged figures, {bench.scaled(BATCH_ROWS):,} delta rows and {bench.scaled(SPEED_ROWS):,} of the speed layer",
        [
            Figure("p50", "ms", tuple(run["merged"]["p50"] for run in runs), 30),
            Figure("p99", "ms", tuple(run["merged"]["p99"] for run in runs), 80),
            Figure("p50 over batch-only", "times", tuple(run["ratio"] for run in runs), 1.5),
            Figure("p50 batch-only", "ms", tuple(run["batch_only"]["p50"] for run in runs)),
        ],
        runs,
    )


def fill(bench: Bench) -> tuple[int, datetime]:
    """Rows of demand in both layers, and a publication between them; returns the number of customers and the boundary."""
    customers, name = bench.scaled(CUSTOMERS), table(f"{MODEL}_deltas")
    boundary = (datetime.now(UTC) - timedelta(minutes=31)).replace(second=0, microsecond=0, tzinfo=None)
    for file, count, inserts in (
        ("lookup_batch_rows.sql", bench.scaled(BATCH_ROWS), BUILDS),
        ("lookup_speed_rows.sql", bench.scaled(SPEED_ROWS), FLUSHES),
    ):
        size = max(count // inserts, 1)
        for first in range(0, count, size):
            bound = {"first": first, "count": min(size, count - first), "customers": customers, "boundary": boundary}
            queries.run(file, bound | {"table": name, "generation": GENERATION})
    client = clickhouse.connect("batch")
    client.insert(
        "ops.publications",
        [[1, definition(), GENERATION, aware(boundary), "batch"]],
        column_names=["sequence", "definition", "generation", "boundary", "reason"],
    )
    client.command(f"CREATE OR REPLACE VIEW serving.{BATCH_ONLY} AS {_batch_only(boundary)}")
    return customers, boundary


def _batch_only(boundary: datetime) -> str:
    """The model's SELECT over the batch layer alone."""
    settled: dict[str, str | int] = {"generation": GENERATION, "range_end": text(boundary)}
    command = dbt_command(["compile", "--select", MODEL, "--quiet"], definition(), target="dev")
    done = subprocess.run(command, env=dbt_environment(settled), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CrmError(f"dbt does not compile {MODEL}:\n{done.stdout[-2000:]}")
    compiled = next(Path(settings().var / "dbt" / "target" / "compiled").rglob(f"{MODEL}.sql"))
    return compiled.read_text(encoding="utf-8").replace("dev_batch", "batch")


def _run(number: int, customers: int) -> dict[str, Any]:
    client, chosen = clickhouse.connect("bi"), random.Random(SEED + number)
    query = clickhouse.sql(queries.SQL / "lookup_customer.sql")
    names = [f"K{chosen.randrange(customers):07d}" for _ in range(WARM_UP + LOOKUPS)]
    took: dict[str, list[float]] = {MODEL: [], BATCH_ONLY: []}
    for name in names:
        # In turn, so that whatever disturbs one disturbs the other as well.
        for view, times in took.items():
            times.append(look_up(client, query, view, name))
    merged, batch_only = (summary(times[WARM_UP:]) for times in took.values())
    return {"merged": merged, "batch_only": batch_only, "ratio": round(merged["p50"] / batch_only["p50"], 3)}


def look_up(client: Client, query: str, view: str, customer: str) -> float:
    """Milliseconds until the customer's row is here."""
    begun = time.perf_counter()
    result = client.query(query, parameters={"database": "serving", "view": view, "customer": customer})
    took = (time.perf_counter() - begun) * 1000
    if len(result.result_rows) != 1:
        raise CrmError(f"serving.{view} has {len(result.result_rows)} rows of customer {customer}, not one")
    return took


def summary(times: list[float]) -> dict[str, Any]:
    """Percentiles of times in milliseconds, and the times."""
    return {
        "p50": round(percentile(times, 0.5), 2),
        "p99": round(percentile(times, 0.99), 2),
        "milliseconds": [round(took, 2) for took in times],
    }
