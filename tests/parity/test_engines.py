"""The same events through both engines: equal rows in every delta model, equal rejects, and both equal to the oracle."""

import pytest

from batch_layer import build, reconciliation
from batch_layer.moments import EPOCH
from crm import clickhouse
from crm.contracts import contracts
from crm.models import delta_models
from tests import oracle, staging
from tests.engine import agrees_with_oracle, caught_up, deltas_agree, land, next_minute, produce, received
from tests.parity.events import generated

pytestmark = pytest.mark.stack
GENERATION = 1001  # never published, so no reader and no other test sees it


def test_both_engines_and_the_oracle_agree(stack: None, pytestconfig: pytest.Config) -> None:
    """Sent in two halves, so that the second meets state that the first one left."""
    # Of what is enriched on its way, both what was sent and what could be in the enriched topic.
    drawn = {
        contract: generated(contract, pytestconfig.getoption("--parity-events")) for contract in contracts().values()
    }
    for half in (0, 1):
        for contract, records in drawn.items():
            middle = len(records) // 2
            produce(records[middle:] if half else records[:middle], contract.topic)
        caught_up()
    agrees_with_oracle("from the speed layer")
    boundary, client = next_minute(), clickhouse.connect("batch")
    land(boundary)
    build.build(client, GENERATION, EPOCH, boundary, build_id="parity", after=None, say=lambda _: None)

    records = received()
    expected = {contract.name: list(oracle.distinct(records[contract.name], contract)) for contract in staging.landed()}
    for name, events in expected.items():
        assert len(events) > len(drawn[contracts()[name]]) / 20, f"hardly any event of {name} is valid"
    deltas_agree(expected, GENERATION, boundary, "from the batch layer")
    for model in delta_models():
        outcome = reconciliation.compare(client, model, GENERATION, EPOCH, boundary)
        assert outcome.rows_different == 0, (model.name, outcome.sample[:3])
        assert outcome.rows_compared > 0, model.name
    sql = "SELECT topic, partition, offset, reason FROM ops.rejects FINAL WHERE generation = {generation:UInt32}"
    rows = clickhouse.rows(client, sql, {"generation": GENERATION})
    found = {(row["topic"], row["partition"], row["offset"]): row["reason"] for row in rows}
    rejected = {
        (contract.topic, record.partition, record.offset): record.value
        for contract in staging.landed()
        for record in records[contract.name]
        if oracle.event(contract, record.value) is None
    }
    missing, unexpected = sorted(rejected.keys() - found.keys()), sorted(found.keys() - rejected.keys())
    assert not missing and not unexpected, (
        f"{len(missing)} of {len(rejected)} rejects are not in ops.rejects: {[(key, rejected[key]) for key in missing[:5]]}; "
        f"{len(unexpected)} of {len(found)} should not be: {[(key, found[key]) for key in unexpected[:5]]}"
    )
