"""Steps that the tests of the running stack share."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from batch_layer import publication, run
from crm import clickhouse
from crm.contracts import contracts
from crm.models import delta_models
from crm.settings import ROOT
from crm.subjects import erased
from search import index, node
from search import status as search_status
from search import topic as search_topic
from sources.producer import Producer
from speed_layer import lifecycle
from speed_layer.enrichment import lifecycle as enrichment
from tests import arrears, deltas, demand, feedback, oracle, single_view, staging

# Arrears are asked as of an instant of the plausible events' own time, so that the clock changes nothing, and movements since one.
SINCE, AS_OF = datetime(2025, 11, 15, 12, tzinfo=UTC), datetime(2026, 2, 20, 12, tzinfo=UTC)

SENT: Counter[str] = Counter()  # records that `produce` has sent, by topic


def produce(records: Iterable[tuple[bytes | None, bytes]], topic: str = "orders") -> int:
    """Send records and wait until all are acknowledged; returns how many."""
    with Producer(topic) as producer:
        for key, value in records:
            producer.send(key or b"", value)
    SENT[topic] += producer.acknowledged
    return producer.acknowledged


def caught_up(patience_seconds: float = 120) -> None:
    """Wait until the speed layer has written whatever has been appended so far, feedback by way of its enrichment included.

    Its pending records count what is not yet read; grouping and the sink then take two flush intervals, here a second each.
    """
    deadline, quiet = time.monotonic() + patience_seconds, 0
    # What a test sends past the enrichment must not make it look further than it is.
    while enrichment.status().get("pending_records") != 0 or enrichment.behind() + SENT["feedback_enriched"] > 0:
        assert time.monotonic() < deadline, f"the enrichment job has not caught up: {enrichment.status()}"
        time.sleep(0.7)
    time.sleep(1)
    while quiet < 3:
        assert time.monotonic() < deadline, f"the speed layer has not caught up: {lifecycle.status()}"
        quiet = quiet + 1 if lifecycle.status().get("pending_records") == 0 else 0
        time.sleep(0.7)
    time.sleep(1.5)


def indexed(patience_seconds: float = 60) -> None:
    """Wait until every enriched record appended so far is in the search index, and can be found."""
    deadline = time.monotonic() + patience_seconds
    while search_topic.pending():
        assert time.monotonic() < deadline, search_status.status()
        time.sleep(0.1)
    node.client().indices.refresh(index=index.ALIAS)


def next_minute() -> datetime:
    """A boundary above every record appended so far. Only for tests, where nothing is appended meanwhile."""
    return (datetime.now(UTC) + timedelta(minutes=1)).replace(second=0, microsecond=0, tzinfo=None)


def begun_minute() -> datetime:
    """The next minute, once it has begun: a boundary above every record appended so far, that later ones do not lie below."""
    boundary = next_minute()
    time.sleep(max(0.0, boundary.replace(tzinfo=UTC).timestamp() + 1 - time.time()))
    return boundary


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
    run.publish(run.build(plan, say=lambda _: None))


def crm(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command `crm` as its user would, in a process of its own."""
    command = [sys.executable, "-c", "from crm.cli.main import app; app()", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def served(sql: str, **parameters: Any) -> list[dict[str, Any]]:
    """Rows of a query as the BI user."""
    return clickhouse.rows(clickhouse.connect("bi"), sql, parameters)


def customers() -> dict[tuple[str, str], dict[str, Any]]:
    """Served figures of demand by customer and currency; what changes with the clock is left out."""
    return demand.by_customer(served("SELECT * FROM serving.customer_demand"))


def received() -> dict[str, list[oracle.Record]]:
    """Every committed record of each topic that both layers read, by its contract's name."""
    return {contract.name: oracle.read(contract.topic) for contract in staging.landed()}


def counting(records: Mapping[str, list[oracle.Record]]) -> dict[str, list[dict[str, Any]]]:
    """The distinct valid events of each contract's records; of customers who were erased, as both layers are to count them."""
    known = erased()
    return {name: list(oracle.distinct(found, contracts()[name], known)) for name, found in records.items()}


def deltas_agree(
    events: Mapping[str, list[dict[str, Any]]], generation: int, boundary: datetime, when: str = ""
) -> None:
    """Hold the merged rows of every delta model against the third engine's over the distinct valid events.

    `events` are those of each contract; the batch layer's rows are those of `generation` before the boundary. Rows are
    compared in their whole grain, the minute of arrival included, and in every measure.
    """
    client, tables = clickhouse.connect("batch"), {name: staging.table(name, found) for name, found in events.items()}
    for model in delta_models():
        expected = deltas.computed(model, tables)
        found = deltas.merged(client, model, generation, boundary)
        assert found == expected, f"{model.name} {when}: {deltas.differences(model, found, expected)}"


def agrees_with_oracle(when: str = "") -> None:
    """Hold what readers see now against the oracle, over all that has been appended: every delta model, and every subject as served."""
    records = received()
    events = counting(records)
    for base, contract in staging.forwarded():
        ids = {event[base.key] for event in oracle.distinct(oracle.read(base.topic), base, erased())}
        lost = ids - {event[contract.key] for event in events[contract.name]}
        assert not lost, (
            f"of {base.topic}, {len(lost)} valid events have not reached {contract.topic} {when}: {sorted(lost)[:3]}"
        )
    live = publication.live(clickhouse.connect("batch"))
    deltas_agree(events, live.generation, live.boundary, when)
    served_agree(events, when)


def served_agree(events: Mapping[str, list[dict[str, Any]]], when: str = "") -> None:
    """Hold the serving views of every subject against plain Python over the distinct valid events of each contract."""

    def rows(view: str) -> list[dict[str, Any]]:
        return served(f"SELECT * FROM serving.{view}")  # noqa: S608  # our own names

    demand.agrees(events["orders"], rows("demand_by_hour"), rows("customer_demand"), when)
    feedback.agrees(events["feedback_enriched"], events["orders"], rows, when)
    ledger = arrears.entries(events["receivables"])
    arrears.agrees(ledger, arrears.served_as_of(served), SINCE, AS_OF, when, sample=True)
    staged = {f"stg_{name}": staging.table(name, found).to_pylist() for name, found in events.items()}
    single_view.agrees_as_served(staged, datetime.now(UTC).replace(tzinfo=None), rows, when)
