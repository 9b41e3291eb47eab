"""What the enrichment makes of hostile feedback: every valid event stays one, with its values, and no other becomes one."""

import random

import pytest

from crm.contracts import Contract
from speed_layer.enrichment.records import enriched
from tests import oracle, staging
from tests.parity.events import generated
from tests.parity.test_contract_json import spoiled


@pytest.mark.parametrize(("base", "extending"), staging.forwarded(), ids=lambda contract: contract.name)
def test_valid_events_stay_valid(base: Contract, extending: Contract, pytestconfig: pytest.Config) -> None:
    draw = random.Random(1)
    whole = [value for _, value in generated(base, pytestconfig.getoption("--parity-events"))]
    values, valid = [*whole, *(spoiled(draw, value) for value in whole)], 0
    for value in values:
        before, after = oracle.event(base, value), oracle.event(extending, enriched(value))
        assert before == (after and {name: after[name] for name in (before or after)}), (value, enriched(value))
        valid += before is not None
    assert len(values) / 20 < valid < len(values) * 19 / 20, (
        f"{valid} of {len(values)} are valid: hardly anything is tried"
    )
