"""How old a merged figure is: from Kafka's acknowledgement of an event until a reader of `serving` sees it.

Beside a load in a process of its own, probes are sent: events of customers who occur once. A reader asks for those of
them that are still missing, over and over, as the BI user. What it measures contains its own query: an upper bound.
"""

import itertools
import json
import signal
import subprocess
import time
from decimal import Decimal
from typing import Any

from benchmarks import queries, stack
from benchmarks.probes import LOST_SECONDS, Probes, Sent, verify_load
from benchmarks.processes import Services, spent
from benchmarks.results import Figure, Row, percentile
from benchmarks.stack import Bench
from crm import clickhouse
from crm.contracts import contracts
from crm.errors import CrmError
from local.services import CORE
from sources.events import Encoder, OrderEvent

RATE = 5_000  # events/s
WARM_UP_SECONDS = (
    20  # the job has just started: its code is not compiled yet, and it catches up with the load's first seconds
)
SECONDS = 60
PROBES_PER_SECOND = 10
POLL_SECONDS = 0.02


class Orders:
    """Makes probes of a run. Sorted by name, the customers are in the order in which they were made."""

    def __init__(self, run: int) -> None:
        self._run, self._made = run, itertools.count()
        self._encode = Encoder(contracts()["orders"], OrderEvent)

    def name(self, number: int) -> str:
        """The customer of a probe."""
        return f"probe-{self._run:03d}-{number:06d}"

    def __call__(self) -> Sent:
        return *self._encode(_order(self.name(next(self._made)))), True


def _order(customer: str) -> OrderEvent:
    now = int(time.time() * 1000)
    return OrderEvent(
        customer, "placed", customer, 1, customer, "P00001", "books", 1, Decimal("1.00"), "EUR", None, now
    )


def measure(bench: Bench) -> Row:
    """p50 and p99 of the probes' age when they are first seen, after warming up."""
    runs = []
    for number in range(1, bench.runs + 1):
        bench.empty(*CORE)
        bench.say(f"freshness, run {number} of {bench.runs}: {RATE:,} events/s")
        runs.append(_run(number, max(SECONDS * bench.scale, 10)))
    return Row(
        "freshness",
        f"acknowledged by Kafka → seen in serving.customer_demand, at {RATE:,} events/s",
        [
            Figure("p50", "s", tuple(run["p50"] for run in runs), 0.6),
            Figure("p99", "s", tuple(run["p99"] for run in runs), 1.5),
            Figure("greatest", "s", tuple(run["greatest"] for run in runs)),
            Figure("whole stack", "cores", tuple(run["cores"] for run in runs)),
        ],
        runs,
    )


def _run(number: int, seconds: float) -> dict[str, Any]:
    load = stack.crm(
        "simulate",
        "--subjects",
        "demand",
        "--rate",
        str(RATE),
        "--duration",
        str(seconds + WARM_UP_SECONDS + LOST_SECONDS),
        "--seed",
        "2",
        "--json",
    )
    try:
        time.sleep(WARM_UP_SECONDS)
        services = Services()
        before, orders = services.seconds(), Orders(number)
        probes = Probes(contracts()["orders"].topic, PROBES_PER_SECOND, orders)
        probes.start()
        seen, polls = _watch(probes, orders, seconds)
        used = spent(before, services.seconds())
    finally:
        load.send_signal(signal.SIGINT)  # it ends in good order and says what it has sent
        try:
            produced, _ = load.communicate(timeout=LOST_SECONDS)
        except subprocess.TimeoutExpired:
            load.kill()
            raise
    if not produced.strip():
        raise CrmError("the load beside the probes ended without a result: var/bench/logs/crm-simulate.log says why")
    sent = json.loads(produced)
    verify_load(sent["events_per_second"], RATE)
    ages = {name: at - probes.acknowledged[name] for name, at in seen.items()}
    return {
        "probes": len(ages),
        "p50": round(percentile(ages.values(), 0.5), 4),
        "p99": round(percentile(ages.values(), 0.99), 4),
        "greatest": round(max(ages.values()), 4),
        "poll_p50": round(percentile(polls, 0.5), 4),
        "poll_p99": round(percentile(polls, 0.99), 4),
        "polls": len(polls),
        "cores": round(sum(used.values()) / seconds, 2),
        "cpu_seconds": used,
        "load": sent,
        "ages": [round(ages[name], 4) for name in sorted(ages)],
    }


def _watch(probes: Probes, orders: Orders, seconds: float) -> tuple[dict[str, float], list[float]]:
    """When each probe was first seen, and how long each poll took; raises CrmError for a probe that is never seen."""
    client, query = clickhouse.connect("bi"), clickhouse.sql(queries.SQL / "seen_probes.sql")
    seen: dict[str, float] = {}
    polls: list[float] = []
    oldest, deadline, stopped = 0, time.monotonic() + seconds, False
    while not stopped or oldest < probes.sent:
        asked = time.monotonic()
        bounds = {"first": orders.name(oldest), "last": orders.name(999_999)}
        for (customer,) in client.query(query, parameters=bounds).result_rows:
            seen.setdefault(customer, time.monotonic())
        polls.append(time.monotonic() - asked)
        while orders.name(oldest) in seen:
            oldest += 1
        if not stopped and asked > deadline:
            probes.stop()
            stopped = True
        if asked > deadline + LOST_SECONDS or probes.failures:
            raise CrmError(
                f"of {probes.sent} probes {len(seen)} were seen and {len(probes.acknowledged)} acknowledged: {probes.failures[:3]}"
            )
        time.sleep(max(asked + POLL_SECONDS - time.monotonic(), 0))
    return seen, polls
