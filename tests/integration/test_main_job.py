"""The main job on a slice of real data, through every real component, Airflow included."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from batch_layer import reconciliation
from crm.airflow import AirflowApi
from sources import loads
from tests import oracle
from tests.engine import caught_up, served

pytestmark = pytest.mark.stack


def _customers() -> dict[tuple[str, str], dict[str, Any]]:
    """Figures by customer and currency; what changes with the clock is left out."""
    rows = served("SELECT * FROM serving.customer_demand")
    return {
        (row["customer_id"], row["currency"]): {name: row[name] for name in (*oracle.FIGURES, "net")} for row in rows
    }


def _agrees_with_oracle() -> None:
    events = list(oracle.distinct(oracle.read()))
    hours = oracle.totals((e for e in events if e["kind"] != "status_changed"), "event_hour", "category", "currency")
    found = {
        (row["event_hour"].replace(tzinfo=None), row["category"], row["currency"]): row
        for row in served("SELECT * FROM serving.demand_by_hour")
    }
    assert found.keys() == {key for key, row in hours.items() if any(row.values())}
    for key, row in found.items():
        assert {name: row[name] for name in oracle.FIGURES} == hours[key], key
    customers = oracle.totals((e for e in events if e["customer_id"]), "customer_id", "currency")
    served_customers = _customers()
    assert served_customers.keys() == customers.keys()
    for key, row in served_customers.items():
        assert {name: row[name] for name in oracle.FIGURES} == customers[key], key
        assert row["net"] == row["gross"] - row["cancelled"] - row["returned"] + row["adjusted"]


def test_real_data_through_both_layers(airflow: None, data: Path) -> None:
    """Speed alone, then both layers after a run of the DAG, then a second load: the same figures, those of the oracle."""
    for name, folder in (("olist", "olist"), ("online-retail", "online_retail_by_day")):
        loads.load(name, data / folder, loads.Options(limit=15_000))
    caught_up()
    assert served("SELECT boundary FROM serving.status")[0]["boundary"].year == 1970
    _agrees_with_oracle()

    loaded = datetime.now(UTC).replace(second=0, microsecond=0)
    time.sleep(max(0.0, loaded.timestamp() + 61 - time.time()))
    api = AirflowApi()
    api.wait_for_dag("crm_batch")
    api.wait("crm_batch", api.trigger("crm_batch", {"grace_seconds": 0}), 240)
    assert served("SELECT boundary FROM serving.status")[0]["boundary"].replace(tzinfo=UTC) > loaded
    _agrees_with_oracle()

    report = reconciliation.reconcile()
    assert report["rows_different"] == 0, report
    assert report["rows_compared"] > 1000

    before = _customers()
    loads.load("olist", data / "olist", loads.Options(limit=15_000, again=True))
    caught_up()
    assert _customers() == before
    _agrees_with_oracle()


def test_a_violated_expectation_stops_publication_and_names_it(airflow: None) -> None:
    """Far too many rejects: the check fails, readers keep the older boundary, and the log says why."""
    from tests.engine import produce

    before = served("SELECT boundary FROM serving.status")
    produce((b"k", b"not json %d" % number) for number in range(3000))
    caught_up()
    loaded = datetime.now(UTC).replace(second=0, microsecond=0)
    time.sleep(max(0.0, loaded.timestamp() + 61 - time.time()))
    with pytest.raises(Exception, match=r"(?s)reject.*3000|3000.*reject"):
        from batch_layer import run

        run.everything(grace_seconds=0)
    assert served("SELECT boundary FROM serving.status") == before
