"""The main job on a slice of real data, through every real component, Airflow included."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch_layer import reconciliation
from crm.airflow import AirflowApi
from sources import loads
from tests.engine import agrees_with_oracle, caught_up, crm, customers, produce, served

pytestmark = pytest.mark.stack


def test_real_data_through_both_layers(airflow: None, data: Path) -> None:
    """Speed alone, then both layers after a run of the DAG, then a second load: the same figures, those of the oracle."""
    for name, folder in (("olist", "olist"), ("online-retail", "online_retail_by_day")):
        loads.load(name, data / folder, loads.Options(limit=15_000))
    caught_up()
    assert served("SELECT boundary FROM serving.status")[0]["boundary"].year == 1970
    agrees_with_oracle()

    loaded = datetime.now(UTC).replace(second=0, microsecond=0)
    time.sleep(max(0.0, loaded.timestamp() + 61 - time.time()))
    api = AirflowApi()
    api.wait_for_dag("crm_batch")
    api.wait("crm_batch", api.trigger("crm_batch", {"grace_seconds": 0}), 240)
    assert served("SELECT boundary FROM serving.status")[0]["boundary"].replace(tzinfo=UTC) > loaded
    agrees_with_oracle()

    report = reconciliation.reconcile()
    assert report["rows_different"] == 0, report
    assert report["rows_compared"] > 1000

    before = customers()
    loads.load("olist", data / "olist", loads.Options(limit=15_000, again=True))
    caught_up()
    assert customers() == before
    agrees_with_oracle()


def test_a_violated_expectation_stops_publication_and_names_it(stack: None) -> None:
    """Far too many rejects: the check fails, readers keep the older boundary, and the log says why."""
    before = served("SELECT boundary FROM serving.status")
    produce((b"k", b"not json %d" % number) for number in range(8000))
    caught_up()
    loaded = datetime.now(UTC).replace(second=0, microsecond=0)
    time.sleep(max(0.0, loaded.timestamp() + 61 - time.time()))
    done = crm("batch", "run", "--grace", 0)
    assert done.returncode == 1, done.stdout
    assert "expectations failed" in done.stderr and "not JSON" in done.stderr, done.stderr
    assert served("SELECT boundary FROM serving.status") == before
