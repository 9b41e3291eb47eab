"""The same events through both engines: equal rows in every delta model, equal rejects, and both equal to the oracle."""

import pytest

from batch_layer import build, reconciliation
from batch_layer.moments import EPOCH
from crm import clickhouse
from crm.contracts import contracts
from crm.models import delta_models, table
from tests import oracle
from tests.engine import caught_up, land, next_minute, produce
from tests.parity.events import generated

pytestmark = pytest.mark.stack
GENERATION = 1001  # never published, so no reader and no other test sees it


def test_both_engines_and_the_oracle_agree(stack: None, pytestconfig: pytest.Config) -> None:
    """Sent in two halves, so that the second meets state that the first one left."""
    drawn = generated(pytestconfig.getoption("--parity-events"))
    for half in (drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]):
        produce(half)
        caught_up()
    boundary, client, contract = next_minute(), clickhouse.connect("batch"), contracts()["orders"]
    land(boundary)
    build.build(client, GENERATION, EPOCH, boundary, build_id="parity", after=None, say=lambda _: None)

    received = oracle.read()
    expected = list(oracle.distinct(received))
    assert len(expected) > len(drawn) / 20, "hardly any event is valid: the test compares nothing"
    for model in delta_models():
        outcome = reconciliation.compare(client, model, GENERATION, EPOCH, boundary)
        assert outcome.rows_different == 0, outcome.sample[:3]
        assert outcome.rows_compared > 0
        sql = f"SELECT sum(events) AS events FROM batch.{table(model.name)} WHERE generation = {GENERATION}"  # noqa: S608  # our own names
        assert clickhouse.rows(client, sql) == [{"events": len(expected)}], model.name
    sql = "SELECT partition, offset FROM ops.rejects FINAL WHERE generation = {generation:UInt32}"
    rejected = {(row["partition"], row["offset"]) for row in clickhouse.rows(client, sql, {"generation": GENERATION})}
    assert rejected == {(r.partition, r.offset) for r in received if oracle.event(contract, r.value) is None}
