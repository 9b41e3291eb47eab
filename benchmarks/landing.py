"""How fast one process lands a topic: from Kafka, byte for byte, into `raw`."""

import time
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil

from batch_layer import run
from benchmarks import queries
from benchmarks.processes import Services, spent
from benchmarks.results import Figure, Row
from benchmarks.speed import EVENTS
from benchmarks.stack import SIMULATED, Bench
from crm.errors import CrmError

MILLION = 1_000_000


def measure(bench: Bench) -> Row:
    """Records/s of one process that lands every partition, one after the other."""
    stream = bench.stream(bench.scaled(EVENTS))
    runs = []
    for number in range(1, bench.runs + 1):
        bench.say(f"landing, run {number} of {bench.runs}")
        runs.append(_run(stream["produced"]))
    return Row(
        "landing",
        f"landing of {stream['produced']:,} records by one process",
        [
            Figure("throughput", "records/s", tuple(one["records_per_second"] for one in runs), 100_000, at_least=True),
            Figure("slowest partition", "records/s", tuple(one["slowest_partition"] for one in runs)),
            Figure("the process", "CPU s per 1M records", tuple(one["process_cpu_per_million"] for one in runs)),
        ],
        runs,
    )


def _run(expected: int) -> dict[str, Any]:
    for database, name in (("raw", SIMULATED), ("ops", "landed"), ("ops", "topics")):
        queries.run("truncate.sql", {"database": database, "table": name})
    queries.settled()
    plan = run.choose(grace_seconds=0)
    # Nothing is appended meanwhile, so a boundary ahead of the clock is safe here, and only here.
    boundary = (datetime.now(UTC) + timedelta(minutes=1)).replace(second=0, microsecond=0, tzinfo=None)
    services = Services()
    before, own, begun = services.seconds(), psutil.Process().cpu_times(), time.monotonic()
    landed = [run.land(topic, partition, boundary) for topic, partition in plan.partitions]
    seconds, done = time.monotonic() - begun, psutil.Process().cpu_times()
    records = sum(one.records for one in landed)
    if records != expected:
        raise CrmError(f"landed {records:,} of {expected:,} records: {landed}")
    cpu = done.user + done.system - own.user - own.system
    return {
        "records": records,
        "seconds": round(seconds, 3),
        "records_per_second": round(records / seconds),
        "slowest_partition": round(min(one.records / one.seconds for one in landed if one.records)),
        "process_cpu_per_million": round(cpu * MILLION / records, 2),
        "cpu_seconds": {"process": round(cpu, 2), **spent(before, services.seconds())},
        "partitions": [asdict(one) for one in landed],
    }
