"""A customer is erased from the running stack: found before, in every kind of place, and nowhere after; the figures stay."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from typing import Any

import pytest

from batch_layer import publication, reconciliation
from crm import clickhouse
from crm.settings import ROOT, settings
from erasure import files
from erasure.certificate import certify
from sources import simulator
from sources.simulation import Simulation
from speed_layer import lifecycle
from tests.engine import batch_to, begun_minute, caught_up, crm, customers, produce, served

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1500)]
CRM = (sys.executable, "-c", "from crm.cli.main import app; app()")
# What a run says as it begins a step. Killed there, what comes before is done and the step itself perhaps half.
STEPS = ("rewriting raw", "deleting what", "replacing the speed job and")
LANDED = ("orders", "customers", "receivables", "feedback_enriched")
WITHOUT_NAMES = (
    "SELECT * FROM serving.demand_by_day ORDER BY ALL",
    "SELECT * FROM serving.demand_by_hour ORDER BY ALL",
    "SELECT * FROM serving.feedback_by_hour ORDER BY ALL",
    "SELECT * FROM serving.product_feedback ORDER BY ALL",
)


def _events(seed: int, count: int = 3000) -> list[tuple[bytes, bytes]]:
    wanted = Simulation(seed=seed, count=count, customers=40, products=50, duplicates=0.05, malformed=0.02, late=0.1)
    return list(simulator.events(wanted))


def _two_of(events: list[tuple[bytes, bytes]]) -> list[str]:
    """The customers with the most events."""
    ids = Counter(
        key.decode() for key, value in events if value.startswith(b'{"event_id"') and b'"customer_id":null' not in value
    )
    return [one for one, _ in ids.most_common(2)]


def _order(customer: str, number: int, **fields: Any) -> tuple[bytes, bytes]:
    event = {
        "event_id": f"test:{customer}:{number}", "kind": "placed", "order_id": f"{customer}-{number}", "line_no": 1,
        "customer_id": customer, "product_id": "p1", "category": "books", "quantity": 1, "amount": "10.00",
        "currency": "EUR", "status": None, "occurred_at": "2026-01-05T10:00:00Z", "nickname": f"friend {customer}",
    } | fields  # fmt: skip
    return customer.encode(), json.dumps(event).encode()


def _others(customer: str) -> dict[str, dict[str, Any]]:
    """An event of each other kind about a customer, by topic."""
    when, about = "2026-01-05T10:00:00Z", {"customer_id": customer, "occurred_at": "2026-01-05T10:00:00Z"}
    return {
        "customers": about | {"event_id": f"c:{customer}", "name": "Jane Roe", "email": "jane@example.com", "currency": "EUR",
                              "credit_limit": "100.00", "country": "DE", "segment": "b2c", "consent": "granted"},
        "receivables": about | {"event_id": f"r:{customer}", "kind": "invoiced", "invoice_id": "i-1", "amount": "5.00",
                                "due_date": "2026-02-05", "currency": "EUR"},
        "feedback": about | {"event_id": f"f:{customer}", "kind": "commented", "feedback_id": "f1", "channel": "shop", "rating": 4,
                             "text": f"I am {customer}, and like it very much", "product_id": "p1", "occurred_at": when},
    }  # fmt: skip


def _figures() -> list[list[dict[str, Any]]]:
    return [served(sql) for sql in WITHOUT_NAMES]


def _changed(before: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The rows that are not as they were."""
    pairs = zip(before, _figures(), strict=True)
    return [row for old, new in pairs for row in (*old, *new) if (row in old) != (row in new)]


def _places(proof: dict[str, Any]) -> dict[str, int]:
    return {place["place"]: place["found"] for place in proof["places"] if place["found"]}


def _kill_erasing(gone: list[str], step: str) -> None:
    """kill -9 an erasure, with what it may have started, as it begins a step."""
    run = subprocess.Popen(
        [*CRM, "erase", *gone],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    said = []
    with run:
        for line in run.stdout or ():
            said.append(line)
            if line.startswith(step):
                time.sleep(random.uniform(0, 0.4))
                os.killpg(run.pid, signal.SIGKILL)
                return
    pytest.fail(f"the erasure never came to {step!r}:\n{''.join(said)}")


def test_a_customer_vanishes_and_the_figures_stay(stack: None) -> None:
    """Old and recent events, rejects, quotes in logs; killed on the way; then nowhere, and aggregates as before."""
    first = _events(1)
    gone = _two_of(first)
    assert len(gone) == 2 and all(len(one) >= files.SHORTEST for one in gone), gone
    produce(first)
    produce([(b"k", b"not json about " + gone[0].encode()), (gone[0].encode(), b"{broken"), _order(gone[1], 1)])
    caught_up()
    for topic, event in _others(gone[0]).items():
        produce([(gone[0].encode(), json.dumps(event).encode())], topic)
    caught_up()
    batch_to(begun_minute())
    # Recent events, which no batch run has landed yet; and one that is keyed by the customer but names nobody.
    produce([*_events(2, 500), _order(gone[0], 2), _order(gone[0], 3, customer_id=None)])
    caught_up()
    quoted = settings().var / "logs" / "quoting.log"
    quoted.write_text(f"a row of {gone[0]}, and of {gone[0]}9\n")
    served("SELECT count() AS n FROM serving.customer_demand WHERE customer_id = '" + gone[0] + "'")  # noqa: S608
    before, of_customers = _figures(), customers()
    assert {one for one, _ in of_customers} >= set(gone)

    found = _places(certify(gone))
    assert {"raw.orders", "topic orders", "files in logs", "ops.rejects"} <= found.keys(), found
    assert {f"{kind} {name}".replace("raw ", "raw.") for kind in ("raw", "topic") for name in LANDED} <= found.keys(), (
        found
    )
    assert "topic feedback" in found
    assert any(place.startswith("batch.stg_orders") for place in found), found
    assert any(place.startswith("speed.customer_demand_deltas") for place in found), found
    assert {"Flink's checkpoints and savepoints (files)", "ClickHouse's query log"} <= found.keys(), found

    for step in STEPS:
        _kill_erasing(gone, step)
        lifecycle.ensure_running()  # what crm_speed_watch does each minute
        caught_up(300)
        assert _changed(before) == [], f"killed at {step!r}"
    done = crm("erase", *gone, "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout)["certificate"]["found"] == 0
    assert _places(certify(gone)) == {}
    assert crm("certificate", *gone).returncode == 0
    assert quoted.read_text() == f"a row of {'x' * len(gone[0])}, and of {gone[0]}9\n"
    caught_up()
    assert _changed(before) == []
    assert customers() == {key: row for key, row in of_customers.items() if key[0] not in gone}
    report = reconciliation.reconcile()
    assert report["rows_different"] == 0, report


def test_what_they_send_again_is_a_duplicate_in_both_layers(stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """By policy `pseudonymise`; the erasure has changed what the event is known by, for its id names the customer."""
    monkeypatch.setenv("CRM_ERASED_CUSTOMERS", "pseudonymise")
    produce([_order("sends-again", 1)])
    caught_up()
    batch_to(begun_minute())
    before = _figures()
    done = crm("erase", "sends-again")
    assert done.returncode == 0, done.stdout + done.stderr
    produce([_order("sends-again", 1)])
    caught_up()
    assert _changed(before) == []
    produce([_order("sends-again", 2)])
    caught_up()
    mine = _figures()
    assert mine != before
    assert "sends-again" not in {one for one, _ in customers()}
    batch_to(begun_minute())
    assert _changed(mine) == []
    report = reconciliation.reconcile()
    assert report["rows_different"] == 0 and report["rows_compared"] > 0, report


def test_what_they_send_later_is_refused_by_both_layers(stack: None) -> None:
    """Later events count nowhere, in speed as in batch, and vanish from raw with the run that lands them."""
    (gone, _) = _two_of(_events(1))
    before = _figures()
    produce([_order(gone, 10), _order(gone, 11), _order("somebody", 12)])
    caught_up()
    mine = _figures()
    assert mine != before  # somebody's
    assert gone not in {one for one, _ in customers()}
    assert _places(certify([gone])) == {"topic orders": 2}
    boundary = begun_minute()
    batch_to(boundary)
    assert _figures() == mine
    assert _places(certify([gone])) == {"topic orders": 2}
    report = reconciliation.reconcile()
    assert report["rows_different"] == 0 and report["rows_compared"] > 0, report
    # The topic is cut once no rollback can return to before them.
    client = clickhouse.connect("batch")
    while min(p.boundary for p in publication.retained(client)) < boundary:
        produce([_order("somebody", random.randrange(10**9))])
        batch_to(begun_minute())
        assert crm("batch", "prune").returncode == 0
    assert _places(certify([gone])) == {}
