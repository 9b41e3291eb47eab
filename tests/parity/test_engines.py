"""The same events through both engines: equal rows in every delta model, equal rejects, and both equal to the oracle."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from batch_layer import build, reconciliation, screening
from batch_layer.moments import EPOCH, aware
from crm import clickhouse
from crm.contracts import contracts
from crm.models import delta_models
from crm.subjects import digest, erased
from erasure.procedure import COLUMNS
from speed_layer import lifecycle
from tests import oracle, staging
from tests.engine import agrees_with_oracle, caught_up, counting, deltas_agree, land, next_minute, produce, received
from tests.parity.events import generated

pytestmark = pytest.mark.stack
GENERATION = 1001  # never published, so no reader and no other test sees it
# Of the customers that are drawn: who was erased, by which policy, and from when on their events are later ones.
LONG_AGO, NOT_YET = datetime(2020, 1, 1), datetime.now(UTC).replace(microsecond=0, tzinfo=None) + timedelta(days=1)
CUSTOMERS = [
    *[(one, "refuse", LONG_AGO) for one in ("3cx", "a'b\\c", "玩具")],
    *[(one, "pseudonymise", LONG_AGO) for one in ("7cx", 'say "hi"\r\n\tok', "\u0000", "bücher")],
    ("11cx", "refuse", NOT_YET),
]


def _erase() -> None:
    """Have both layers know the customers as erased, before they have sent anything."""
    rows = [[digest(one), policy, aware(since), "erased", datetime.now(UTC)] for one, policy, since in CUSTOMERS]
    clickhouse.connect("batch").insert("ops.erasures", rows, column_names=COLUMNS)
    lifecycle.rebuild()


def _subjects(events: Iterable[dict[str, Any]]) -> set[str | None]:
    return {event["customer_id"] for event in events}


def test_both_engines_and_the_oracle_agree(stack: None, pytestconfig: pytest.Config) -> None:
    """Sent in two halves, so that the second meets state that the first one left; some of it by erased customers."""
    _erase()
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
    screening.screen(client, EPOCH, boundary)
    build.build(client, GENERATION, EPOCH, boundary, after=None, say=lambda _: None)

    records = received()
    expected = counting(records)
    for name, events in expected.items():
        assert len(events) > len(drawn[contracts()[name]]) / 20, f"hardly any event of {name} is valid"
    deltas_agree(expected, GENERATION, boundary, "from the batch layer")
    sent = {name: _subjects(oracle.distinct(found, contracts()[name])) for name, found in records.items()}
    assert all(any(one in of_topic for of_topic in sent.values()) for one, _, _ in CUSTOMERS), sent
    for name, of_topic in sent.items():
        gone = of_topic - _subjects(expected[name])
        assert gone == {one for one, _, since in CUSTOMERS if since == LONG_AGO} & of_topic, f"{name}: {gone}"
    for model in delta_models():
        outcome = reconciliation.compare(client, model, GENERATION, EPOCH, boundary)
        assert outcome.rows_different == 0, (model.name, outcome.sample[:3])
        assert outcome.rows_compared > 0, model.name
    sql = "SELECT topic, partition, offset, reason FROM ops.rejects FINAL WHERE generation = {generation:UInt32}"
    rows = clickhouse.rows(client, sql, {"generation": GENERATION})
    found = {(row["topic"], row["partition"], row["offset"]): row["reason"] for row in rows}
    known = erased()
    rejected = {
        (contract.topic, record.partition, record.offset): record.value
        for contract in staging.landed()
        for record, event in oracle.accepted(records[contract.name], contract, known)
        if event is None
    }
    missing, unexpected = sorted(rejected.keys() - found.keys()), sorted(found.keys() - rejected.keys())
    assert not missing and not unexpected, (
        f"{len(missing)} of {len(rejected)} rejects are not in ops.rejects: {[(key, rejected[key]) for key in missing[:5]]}; "
        f"{len(unexpected)} of {len(found)} should not be: {[(key, found[key]) for key in unexpected[:5]]}"
    )
