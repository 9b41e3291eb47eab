"""The same events through both engines: equal rows in every delta model, equal rejects, and both equal to the oracle."""

import pytest

from batch_layer import build, reconciliation
from batch_layer.moments import EPOCH
from crm import clickhouse
from crm.contracts import contracts
from crm.models import delta_models, table
from tests import oracle
from tests.engine import caught_up, land, next_minute, produce
from tests.parity.events import EVENTS, generated

pytestmark = pytest.mark.stack
GENERATION = 1001  # never published, so no reader and no other test sees it


def test_both_engines_and_the_oracle_agree(stack: None, pytestconfig: pytest.Config) -> None:
    """Sent in two halves, so that the second meets state that the first one left."""
    drawn = {name: generated(pytestconfig.getoption("--parity-events"), name) for name in EVENTS}
    for half in (0, 1):
        for name, records in drawn.items():
            produce(records[half::2], contracts()[name].topic)
        caught_up()
    boundary, client = next_minute(), clickhouse.connect("batch")
    land(boundary)
    build.build(client, GENERATION, EPOCH, boundary, build_id="parity", after=None, say=lambda _: None)

    received = {name: oracle.read(contracts()[name].topic) for name in EVENTS}
    expected = {name: list(oracle.distinct(received[name], contracts()[name])) for name in EVENTS}
    for name in EVENTS:
        assert len(expected[name]) > len(drawn[name]) / 20, f"hardly any event of {name} is valid: nothing is compared"
    for model in delta_models():
        outcome = reconciliation.compare(client, model, GENERATION, EPOCH, boundary)
        assert outcome.rows_different == 0, outcome.sample[:3]
        assert outcome.rows_compared > 0
        sql = f"SELECT sum(events) AS events FROM batch.{table(model.name)} WHERE generation = {GENERATION}"  # noqa: S608  # our own names
        events = len(expected[model.sources[0].removeprefix("stg_")])
        assert clickhouse.rows(client, sql) == [{"events": events}], model.name
    sql = "SELECT topic, partition, offset FROM ops.rejects FINAL WHERE generation = {generation:UInt32}"
    rejected = {
        (row["topic"], row["partition"], row["offset"])
        for row in clickhouse.rows(client, sql, {"generation": GENERATION})
    }
    assert rejected == {
        (contracts()[name].topic, r.partition, r.offset)
        for name in EVENTS
        for r in received[name]
        if oracle.event(contracts()[name], r.value) is None
    }
