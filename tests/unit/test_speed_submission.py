"""How far behind a job is, from two books that are each wrong at times: Flink's metrics and Kafka's committed offsets."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from confluent_kafka import KafkaException

from crm.contracts import contracts
from speed_layer import positions, submission
from speed_layer.rest import FlinkRest

READ = [contracts()["orders"], contracts()["customers"]]


def pending(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, int | None], uncommitted: dict[str, int] | None, **state: bool
) -> int | None:
    def asked(_: str, topics: list[str]) -> dict[str, int]:
        if uncommitted is None:
            raise KafkaException("no broker")
        return {topic: uncommitted[topic] for topic in topics}

    monkeypatch.setattr(positions, "uncommitted", asked)
    processing = state.pop("processing", True)
    rest = SimpleNamespace(is_processing=lambda _: processing, pending_records=lambda _: told)
    return submission._pending(
        cast(FlinkRest, rest), "id", "group", READ, **({"failed": False, "snapshot": True} | state)
    )


@pytest.mark.parametrize(
    ("told", "uncommitted", "state", "expected"),
    [
        # Flink's figures as long as it has them: Kafka's are as old as the newest checkpoint
        ({"orders": 7, "customers": 0}, {"orders": 900, "customers": 900}, {}, 7),
        ({"orders": 7, "customers": 0}, None, {}, 7),
        # customers were erased: their later events are taken out behind the source
        ({"orders_received": 7, "customers_received": 0}, {"orders": 900, "customers": 900}, {}, 7),
        # nothing read yet of a topic
        ({"orders": 7, "customers": None}, {"customers": 4}, {}, 11),
        ({"orders": 7}, {"customers": 4}, {}, 11),
        ({"orders": 7}, None, {}, None),
        # a figure from before the failure
        ({"orders": 317, "customers": 0}, {"orders": 0}, {"failed": True}, 0),
        ({"orders": 317, "customers": 0}, {"orders": 2_000}, {"failed": True}, 317),
        ({"orders": 317, "customers": 0}, None, {"failed": True}, None),
        # no checkpoint of this job: what is committed may be another's that had read everything
        ({"orders": None, "customers": None}, {"orders": 0, "customers": 0}, {"snapshot": False}, None),
        ({"orders": 5, "customers": 0}, {}, {"snapshot": False}, 5),
        # being deployed, or between a failure and the restart
        ({"orders": 0, "customers": 0}, {}, {"processing": False}, None),
    ],
)  # fmt: skip
def test_records_behind(
    monkeypatch: pytest.MonkeyPatch, told: dict[str, Any], uncommitted: dict[str, int] | None, state: dict[str, bool],
    expected: int | None,
) -> None:  # fmt: skip
    assert pending(monkeypatch, told, uncommitted, **state) == expected
