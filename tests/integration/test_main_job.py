"""The main job on a slice of real data, through every real component, Airflow included.

That a violated expectation stops it is tested where an operator sees it: tests/browser/test_airflow_ui.py.
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from batch_layer import reconciliation
from crm.airflow import AirflowApi
from sources import loads
from tests.engine import agrees_with_oracle, caught_up, customers, served

pytestmark = pytest.mark.stack


def test_real_data_through_both_layers(stack: None, data: Path, request: pytest.FixtureRequest) -> None:
    """Speed alone, then both layers after a run of the DAG, then a second load: the same figures, those of the oracle."""
    for name, folder in (("olist", "olist"), ("online-retail", "online_retail_by_day")):
        loads.load(name, data / folder, loads.Options(limit=10_000))
    loaded = datetime.now(UTC).replace(second=0, microsecond=0)
    caught_up()
    assert served("SELECT boundary FROM serving.status")[0]["boundary"].year == 1970
    agrees_with_oracle()

    # Only now: it begins with a run of its own.
    request.getfixturevalue("airflow")
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
    loads.load("olist", data / "olist", loads.Options(limit=10_000, again=True))
    caught_up()
    assert customers() == before
    agrees_with_oracle()
