"""An engineer's `crm dbt build` against the running stack: every model, data test and unit test, beside what is published."""

import pytest

from batch_layer.moments import text
from crm import clickhouse
from sources import simulator
from sources.simulation import Simulation
from tests.engine import caught_up, crm, customers, land, next_minute, produce, served

pytestmark = pytest.mark.stack
PUBLISHED = "SELECT definition, generation, boundary FROM serving.status"
BUILT = "SELECT count() AS n FROM dev_serving.demand_by_hour"


def test_a_build_by_hand_passes_and_disturbs_nothing(stack: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also of what has landed and nobody has published. The unit tests have ranges of their own, which a setting would replace."""
    produce(simulator.events(Simulation(seed=5, count=500, customers=40, products=50, duplicates=0.05, malformed=0.02)))
    boundary = next_minute()
    assert land(boundary) >= 500
    caught_up()
    before, figures = served(PUBLISHED), customers()
    for options in ((), ("--exclude-resource-type", "unit_test")):
        done = crm("dbt", "build", *options)
        assert done.returncode == 0, done.stdout[-4000:]
        assert "ERROR=0" in done.stdout
        monkeypatch.setenv("CRM_DBT_RANGE_END", text(boundary))
    assert clickhouse.rows(clickhouse.connect("batch"), BUILT)[0]["n"] > 0
    assert served(PUBLISHED) == before
    assert customers() == figures
