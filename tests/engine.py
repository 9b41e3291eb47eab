"""Steps that the tests of the running stack share."""

import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from batch_layer import run
from crm import clickhouse
from crm.settings import ROOT
from sources.producer import Producer
from speed_layer import lifecycle
from speed_layer.enrichment import lifecycle as enrichment
from tests import oracle


def produce(records: Iterable[tuple[bytes | None, bytes]], topic: str = "orders") -> int:
    """Send records and wait until all are acknowledged; returns how many."""
    with Producer(topic) as producer:
        for key, value in records:
            producer.send(key or b"", value)
    return producer.acknowledged


def caught_up(patience_seconds: float = 120) -> None:
    """Wait until the speed layer has written whatever has been appended so far, feedback by way of its enrichment included.

    Its pending records count what is not yet read; grouping and the sink then take two flush intervals, here a second each.
    """
    deadline, quiet = time.monotonic() + patience_seconds, 0
    while enrichment.status().get("pending_records") != 0:
        assert time.monotonic() < deadline, f"the enrichment job has not caught up: {enrichment.status()}"
        time.sleep(0.7)
    time.sleep(1)
    while quiet < 3:
        assert time.monotonic() < deadline, f"the speed layer has not caught up: {lifecycle.status()}"
        quiet = quiet + 1 if lifecycle.status().get("pending_records") == 0 else 0
        time.sleep(0.7)
    time.sleep(1.5)


def next_minute() -> datetime:
    """A boundary above every record appended so far. Only for tests, where nothing is appended meanwhile."""
    return (datetime.now(UTC) + timedelta(minutes=1)).replace(second=0, microsecond=0, tzinfo=None)


def plan_to(boundary: datetime) -> run.Plan:
    """What a batch run up to a boundary that the test chooses is to do."""
    return replace(run.choose(grace_seconds=0), boundary=boundary)


def land(boundary: datetime) -> int:
    """Land every partition up to the boundary; returns the records landed."""
    return sum(run.land(topic, number, boundary).records for topic, number in plan_to(boundary).partitions)


def batch_to(boundary: datetime) -> None:
    """Land, build and publish up to the boundary."""
    plan = plan_to(boundary)
    for topic, number in plan.partitions:
        run.land(topic, number, boundary)
    run.build(plan, say=lambda _: None)
    run.publish(plan)


def crm(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command `crm` as its user would, in a process of its own."""
    command = [sys.executable, "-c", "from crm.cli.main import app; app()", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def served(sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of a query as the BI user."""
    return clickhouse.rows(clickhouse.connect("bi"), sql, parameters)


def customers() -> dict[tuple[str, str], dict[str, Any]]:
    """Served figures by customer and currency; what changes with the clock is left out."""
    rows = served("SELECT * FROM serving.customer_demand")
    return {
        (row["customer_id"], row["currency"]): {name: row[name] for name in (*oracle.FIGURES, "net")} for row in rows
    }


def agrees_with_oracle(when: str = "") -> None:
    """Hold every figure of demand that is served against the oracle's, over all that has been appended."""
    events = list(oracle.distinct(oracle.read()))
    moving = (event for event in events if event["kind"] != "status_changed")
    hours = oracle.totals(moving, "event_hour", "category", "currency")
    found = {
        (row["event_hour"].replace(tzinfo=None), row["category"], row["currency"]): row
        for row in served("SELECT * FROM serving.demand_by_hour")
    }
    assert found.keys() == {key for key, row in hours.items() if any(row.values())}, when
    for key, row in found.items():
        assert {name: row[name] for name in oracle.FIGURES} == hours[key], (key, when)
    expected = oracle.totals((event for event in events if event["customer_id"]), "customer_id", "currency")
    merged = customers()
    assert merged.keys() == expected.keys(), when
    for key, row in merged.items():
        figures = expected[key]
        net = figures["gross"] - figures["cancelled"] - figures["returned"] + figures["adjusted"]
        assert row == figures | {"net": net}, (key, when)
