"""How fast the batch layer builds delta rows from raw records, and whether an increment's cost follows the history.

Raw records are written straight into `raw`, at append times that the benchmark chooses. Builds are the batch layer's
own; dbt's start is left out by its own record of when its models ran (`run_results.json`), and reported beside.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from batch_layer import build as building
from batch_layer.landing import RAW
from batch_layer.moments import EPOCH, aware
from benchmarks import queries
from benchmarks.results import Figure, Row
from benchmarks.stack import DUPLICATES, MALFORMED, SEED, SIMULATED, Bench
from crm import clickhouse
from crm.settings import settings
from sources import simulator
from sources.simulation import Simulation

EVENTS = 3_000_000  # what one build takes at once: batch_layer.build.LARGEST_BUILD
HISTORY = 1_000_000  # records before the increment; then ten times as many
INCREMENT = 200_000
PER_MINUTE = 100_000  # records with one append minute
FIRST = datetime(2026, 1, 1)
GENERATION = 1


class Raw:
    """Fills `raw` from one endless simulation, minute after minute: an event id comes twice only as a duplicate."""

    def __init__(self, days: float) -> None:
        simulation = Simulation(seed=SEED, count=None, days=days, duplicates=DUPLICATES, malformed=MALFORMED)
        self._events: Iterator[tuple[bytes, bytes]] = simulator.events(simulation)
        self._client = clickhouse.connect("batch")
        self.minute, self.records = FIRST, 0

    def add(self, count: int) -> None:
        """Append records; `minute` is then above all of them."""
        left = count
        while left > 0:
            size = min(left, PER_MINUTE)
            taken = [next(self._events) for _ in range(size)]
            offsets = list(range(self.records, self.records + size))
            columns: list[Any] = [
                [0] * size,
                offsets,
                [aware(self.minute)] * size,
                [key for key, _ in taken],
                [value for _, value in taken],
            ]
            self._client.insert(
                SIMULATED, columns, database="raw", column_names=list(RAW), column_type_names=list(RAW.values()), column_oriented=True
            )  # fmt: skip
            self.records, self.minute, left = self.records + size, self.minute + timedelta(minutes=1), left - size


def measure(bench: Bench) -> Row:
    """Events/s of a build from nothing, and the ratio of an increment's cost at ten times the history."""
    bench.empty("clickhouse")
    raw = Raw(bench.days)
    bench.say("batch build: records")
    raw.add(bench.scaled(EVENTS))
    queries.settled()
    whole = []
    for number in range(1, bench.runs + 1):
        bench.say(f"batch build, run {number} of {bench.runs}")
        whole.append(_build(GENERATION + number, EPOCH, raw.minute))
    increments = _increments(bench)
    small, large = increments["history"], increments["ten_times"]
    # Whole increments, with what the batch run pays for them in any case: dbt's start.
    ratios = tuple(late["model_seconds"] / early["model_seconds"] for early, late in zip(small, large, strict=True))
    return Row(
        "build",
        f"batch build of {raw.records:,} events, deltas from raw",
        [
            Figure("throughput", "events/s", tuple(run["events_per_second"] for run in whole), 500_000, at_least=True),
            Figure("with dbt's start", "events/s", tuple(run["events_per_second_with_start"] for run in whole)),
            Figure("increment at ten times the history", "times the cost", ratios, 1.3),
            Figure("increment", "s", tuple(run["model_seconds"] for run in large)),
        ],
        [{"whole": whole, "increments": increments}],
    )


def _increments(bench: Bench) -> dict[str, list[dict[str, Any]]]:
    """Increments of one size upon a history, and upon ten times that: the same generation, grown between."""
    bench.empty("clickhouse")
    raw, built = Raw(bench.days), EPOCH
    found: dict[str, list[dict[str, Any]]] = {}
    for name, history in (("history", bench.scaled(HISTORY)), ("ten_times", 10 * bench.scaled(HISTORY))):
        bench.say(f"batch increment: a history of {history:,} records")
        while raw.records < history:
            raw.add(min(history - raw.records, EVENTS))
            _build(GENERATION, built, raw.minute)
            built = raw.minute
        found[name] = []
        for number in range(1, bench.runs + 1):
            raw.add(bench.scaled(INCREMENT))
            queries.settled()
            bench.say(f"batch increment, run {number} of {bench.runs}")
            found[name].append(_build(GENERATION, built, raw.minute))
            built = raw.minute
    return found


def _build(generation: int, start: datetime, end: datetime) -> dict[str, Any]:
    """Build [start, end) of a generation that nobody reads, in as many pieces as memory asks for, each timed by itself."""
    client, records, seconds, took = clickhouse.connect("batch"), 0, 0.0, 0.0
    models: defaultdict[str, float] = defaultdict(float)
    # Piece by piece: dbt keeps the times of its last run only.
    for piece in building.ranges(client, start, end):
        begun = time.monotonic()
        built = building.build(client, generation, piece.start, piece.end, after=None, say=lambda _: None)
        seconds, records = seconds + time.monotonic() - begun, records + built.records
        ran = _models()
        took += max(model["end"] for model in ran.values()) - min(model["start"] for model in ran.values())
        for name, model in ran.items():
            models[name] += model["end"] - model["start"]
    return {
        "records": records,
        "model_seconds": round(took, 3),
        "seconds": round(seconds, 3),
        "events_per_second": round(records / took),
        "events_per_second_with_start": round(records / seconds),
        "models": {name: round(spent, 3) for name, spent in models.items()},
    }


def _models() -> dict[str, dict[str, float]]:
    """When each model of dbt's last run began and ended (Unix seconds)."""
    results = json.loads((settings().var / "dbt" / "target" / "run_results.json").read_text(encoding="utf-8"))[
        "results"
    ]
    return {
        result["unique_id"].rpartition(".")[2]: {
            "start": min(_seconds(timing["started_at"]) for timing in result["timing"]),
            "end": max(_seconds(timing["completed_at"]) for timing in result["timing"]),
        }
        for result in results
        if result["timing"]
    }


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
