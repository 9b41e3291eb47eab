"""The DAGs that no other test runs in Airflow, one after the other: the watch, a recomputation, what follows a publication, an erasure."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from crm.airflow import AirflowApi
from erasure import requests
from sources import simulator
from sources.simulation import Simulation
from speed_layer import lifecycle
from tests.engine import batch_to, begun_minute, caught_up, customers, produce, served

pytestmark = [pytest.mark.stack, pytest.mark.long, pytest.mark.timeout(1200)]
GONE = "erased-by-a-dag"


@pytest.fixture(scope="module")
def api(airflow: None) -> AirflowApi:
    """Airflow, over figures that have been published."""
    produce(simulator.events(Simulation(seed=8, count=3000, customers=300, products=50, late=0.1)))
    produce([(GONE.encode(), json.dumps({
        "event_id": f"test:{GONE}", "kind": "placed", "order_id": "1", "line_no": 1, "customer_id": GONE, "product_id": "p1", "category": "books",
        "quantity": 1, "amount": "10.00", "currency": "EUR", "status": None, "occurred_at": "2026-01-05T10:00:00Z",
    }).encode())])  # fmt: skip
    caught_up()
    batch_to(begun_minute())
    return AirflowApi()


def _until(found: Callable[[], Any], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, f"{what}: not within {seconds:.0f} s"
        time.sleep(1)


def _run(api: AirflowApi, dag: str, **conf: Any) -> None:
    api.wait_for_dag(dag)
    api.wait(dag, api.trigger(dag, conf), 600)


def _generation() -> int:
    return int(served("SELECT generation FROM serving.status")[0]["generation"])


def test_the_watch_starts_a_job_that_was_stopped(api: AirflowApi) -> None:
    """By its schedule, each minute, and whoever looks at the alerts learns of it."""
    before, alerts = customers(), "SELECT count() AS n FROM serving.alerts WHERE source = 'crm_speed_watch'"
    (raised,) = served(alerts)
    lifecycle.stop()
    produce(simulator.events(Simulation(seed=9, count=500, customers=300, products=50)))
    api.wait_for_dag("crm_speed_watch")
    _until(lambda: lifecycle.status()["state"] == "RUNNING", 240, "the speed job runs again")
    _until(lambda: served(alerts)[0]["n"] > raised["n"], 60, "an alert")
    caught_up()
    assert customers() != before


def test_a_recomputation_changes_no_figure_and_is_tested(api: AirflowApi) -> None:
    """Another generation, the same figures; `crm_published` follows by the asset that the publication updates."""
    before, generation = customers(), _generation()
    _run(api, "crm_recompute")
    assert _generation() > generation and customers() == before
    followed = "/api/v2/dags/crm_published/dagRuns?state={}&run_type=asset_triggered"
    _until(
        lambda: api._call("GET", followed.format("success"))["total_entries"],
        240,
        "a run of crm_published that ended well",
    )
    assert api._call("GET", followed.format("failed"))["total_entries"] == 0


def test_a_customer_is_erased_by_the_form(api: AirflowApi) -> None:
    """A request is a file; counted first, then erased, and then the file is gone, too."""
    before = customers()
    assert GONE in {one for one, _ in before}
    request = requests.folder() / "request.txt"
    request.parent.mkdir(exist_ok=True)
    request.write_text(f"{GONE}\n", encoding="utf-8")
    _run(api, "crm_erase", request=request.name, dry_run=True)
    assert request.exists() and customers() == before
    _run(api, "crm_erase", request=request.name, dry_run=False)
    assert not request.exists()
    caught_up()
    assert customers() == {key: row for key, row in before.items() if key[0] != GONE}
