"""How fast the speed layer reads a backlog: Kafka JSON → valid → deduplicated → grouped → ClickHouse.

The records lie in Kafka before the job starts from empty, in a TaskManager that has just started too. It ends with the last
row that Flink writes, by ClickHouse's query log; every valid event must then be counted, exactly. `sustained` is
what holds for the last two thirds of the rows written: in the first, the JVM still compiles what it then runs.
"""

import time
from typing import Any

import httpx

from benchmarks import queries
from benchmarks.processes import Recorder, spent
from benchmarks.results import Figure, Row
from benchmarks.stack import SIMULATED, Bench
from crm.errors import CrmError
from crm.models import delta_models, table
from crm.settings import settings
from local import stack as embedded
from local import supervisor
from speed_layer import lifecycle
from speed_layer.job import job_name
from speed_layer.rest import FlinkRest

EVENTS = 3_000_000
PATIENCE_SECONDS = 900
UNKNOWN_SECONDS = 15
TASKMANAGER = "flink-taskmanager"
MILLION = 1_000_000


def measure(bench: Bench) -> Row:
    """Events/s, and CPU seconds of the TaskManager for a million of them, sustained and from its start."""
    stream = bench.stream(bench.scaled(EVENTS))
    runs = []
    for number in range(1, bench.runs + 1):
        bench.say(f"speed, run {number} of {bench.runs}")
        runs.append(_run(stream["valid_records"], stream["produced"]))
    return Row(
        "speed",
        f"speed layer, {stream['produced']:,} events of {stream['days']:g} days from Kafka to ClickHouse",
        [
            Figure("sustained", "events/s", tuple(run["sustained_per_second"] for run in runs), 80_000, at_least=True),
            Figure("TaskManager, sustained", "CPU s per 1M events", tuple(run["sustained_cpu"] for run in runs), 16),
            Figure("with the start", "events/s", tuple(run["events_per_second"] for run in runs)),
            Figure("TaskManager", "CPU s per 1M events", tuple(run["taskmanager_cpu_per_million"] for run in runs)),
            Figure("whole stack", "CPU s per 1M events", tuple(run["stack_cpu_per_million"] for run in runs)),
        ],
        [{"stream": stream}, *runs],
    )


def _run(valid: int, produced: int) -> dict[str, Any]:
    _start_over()
    rest, submitted_at = FlinkRest(), time.time()
    with Recorder() as recorder:
        job_id = lifecycle.rebuild().job_id
        threads = recorder.services.threads(TASKMANAGER)
        counted = _wait(rest, job_id, valid)
        by_thread = spent(threads, recorder.services.threads(TASKMANAGER))
        began_at = _running_since(job_id)
    queries.run("flush_logs.sql", user="admin")
    written = queries.rows("flink_inserts.sql", {"since": int(submitted_at * 1000)})[0]
    seconds = written["last_at"] - began_at
    cpu = recorder.between(began_at, written["last_at"])
    sustained = produced * 2 / 3
    warm = recorder.between(written["third_at"], written["last_at"])
    for job in rest.jobs(job_name()):
        rest.cancel(job["jid"])
    return {
        "events": produced,
        "events_counted": valid,
        "seconds": round(seconds, 3),
        "events_per_second": round(produced / seconds),
        "start_seconds": round(began_at - submitted_at, 3),
        "first_row_seconds": round(written["first_at"] - began_at, 3),
        "taskmanager_cpu_per_million": round(cpu.get(TASKMANAGER, 0) * MILLION / produced, 2),
        "sustained_per_second": round(sustained / (written["last_at"] - written["third_at"])),
        "sustained_cpu": round(warm.get(TASKMANAGER, 0) * MILLION / sustained, 2),
        "stack_cpu_per_million": round(sum(cpu.values()) * MILLION / produced, 2),
        "cpu_seconds": cpu,
        "taskmanager_threads_cpu_seconds": by_thread,
        "rows": counted,
        "inserts": written["inserts"],
        "rows_written": written["rows"],
        "insert_cpu_seconds": round(written["cpu_seconds"], 2),
    }


def _start_over() -> None:
    """No job, no row, and a TaskManager that has compiled nothing yet."""
    rest = FlinkRest()
    for job in rest.jobs(job_name()):
        rest.cancel(job["jid"])
    for model in delta_models():
        queries.run("truncate.sql", {"database": "speed", "table": table(model.name)})
    supervisor.stop_services(TASKMANAGER)
    embedded.up(only=(TASKMANAGER,))
    queries.settled()


def _wait(rest: FlinkRest, job_id: str, valid: int) -> dict[str, int]:
    """Wait until each table counts every valid event of its topics; returns its rows. Raises CrmError where they never do.

    Tables are looked at only when nothing is left to be read, so that looking slows nothing down. Flink's figure is
    up to ten seconds old and starts as 0 or unknown, so it is not believed at first.
    """
    begun, found = time.monotonic(), {}
    expected = {model.name: valid if f"stg_{SIMULATED}" in model.sources else 0 for model in delta_models()}
    while (waited := time.monotonic() - begun) < PATIENCE_SECONDS:
        time.sleep(1)
        if rest.pending_records(job_id).get(SIMULATED) != 0 or waited < UNKNOWN_SECONDS:
            continue
        found = {
            model.name: queries.rows("counted_events.sql", {"table": table(model.name)})[0] for model in delta_models()
        }
        if all(row["events"] == expected[name] for name, row in found.items()):
            return {name: row["rows"] for name, row in found.items() if expected[name]}
        if any(row["events"] > expected[name] for name, row in found.items()):
            break
    raise CrmError(
        f"the speed layer counts {found}, but {valid:,} distinct valid events were produced: {lifecycle.status()}"
    )


def _running_since(job_id: str) -> float:
    """When the source's tasks began to run (Unix seconds): they read from then on."""
    base = f"{settings().flink_rest}/jobs/{job_id}"
    with httpx.Client(trust_env=False, timeout=20) as client:
        vertices = client.get(base).raise_for_status().json()["vertices"]
        sources = [vertex["id"] for vertex in vertices if vertex["name"].startswith("Source")]
        tasks = [
            task
            for source in sources
            for task in client.get(f"{base}/vertices/{source}").raise_for_status().json()["subtasks"]
        ]
    before = ("DEPLOYING", "INITIALIZING")
    begun = [
        task["start-time"] + sum(max(task["status-duration"].get(state, 0), 0) for state in before) for task in tasks
    ]
    return float(min(begun)) / 1000
