"""Where the layers differ, that is counted, explained and recorded: the real statements on an engine in the test's process."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from kafka import TopicPartition

from batch_layer import reconciliation
from batch_layer.migrate import migrate
from batch_layer.moments import EPOCH, aware
from batch_layer.topics import Partition
from crm import clickhouse
from crm.models import definition, delta_models, table
from speed_layer.tables import clickhouse_table
from tests import embedded

(MODEL,) = (model for model in delta_models() if model.name == "product_demand_deltas")
START = datetime(2026, 1, 5)
END = START + timedelta(hours=1)
ROW = {
    "product_id": "p", "category": "c", "kind": "placed", "currency": "EUR", "status": "", "event_hour": str(START), "ingest_minute": str(START),
    "events": 1, "first_lines": 1, "units": 1, "amount": "1.00",
}  # fmt: skip


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Both layers' tables of one model, and what the build of it stages, each with a row that is the same in both."""
    monkeypatch.setattr(reconciliation, "lagging", lambda _: False)
    with embedded.session() as session:
        found: Any = embedded.Client(session)
        migrate(found)
        columns = ", ".join(f"`{name}` {kind}" for name, kind in MODEL.columns.items())
        found.command(
            f"CREATE TABLE batch.{table(MODEL.name)} (generation UInt32, {columns}) ENGINE = MergeTree ORDER BY ()"
        )
        found.command(clickhouse_table(MODEL))
        found.command(
            f"CREATE TABLE batch.{table('stg_orders')} (generation UInt32, event_id String, append_time DateTime64(3, 'UTC')) "
            "ENGINE = MergeTree ORDER BY ()"
        )
        _job(found, definition())
        _rows(found, ROW, ROW)
        yield found


def _job(client: Any, of: str) -> None:
    columns = ["definition", "job_id", "covers_from", "restored_from"]
    client.insert("ops.speed_jobs", [[of, "a", aware(EPOCH), ""]], column_names=columns)


def _rows(client: Any, batch: dict[str, Any] | None, speed: dict[str, Any] | None) -> None:
    for layer, row in (("batch", batch), ("speed", speed)):
        if row:
            filled = ({"generation": 1} if layer == "batch" else {}) | row
            client.insert(f"{layer}.{table(MODEL.name)}", [list(filled.values())], column_names=list(filled))


def _compared(client: Any) -> reconciliation.Compared:
    # The records of the minute, so that it is looked at.
    columns = ["partition", "offset", "append_time", "value"]
    client.insert("raw.orders", [[0, 1, aware(START), "{}"]], column_names=columns)
    return reconciliation.compare(client, MODEL, 1, EPOCH, END)


def test_equal_rows_do_not_differ(client: Any) -> None:
    found = _compared(client)
    assert (found.rows_compared, found.rows_different, found.sample) == (1, 0, [])


@pytest.mark.parametrize("measure", MODEL.measures)
@pytest.mark.parametrize("side", ["batch", "speed"])
def test_any_measure_of_any_side_makes_a_difference(client: Any, measure: str, side: str) -> None:
    one = ROW | {"product_id": "other"}
    changed = one | {measure: "7"}
    _rows(client, *((changed, one) if side == "batch" else (one, changed)))
    found = _compared(client)
    assert (found.rows_compared, found.rows_different, dict(found.reasons)) == (2, 1, {"unexplained": 1})
    (sample,) = found.sample
    assert json.loads(sample["grain"])["product_id"] == "other"
    assert json.loads(sample[side])[measure] in ("7", "7.00") and json.loads(sample["batch"]) != json.loads(
        sample["speed"]
    )


@pytest.mark.parametrize("side", ["batch", "speed"])
def test_a_row_that_one_side_lacks_is_a_difference(client: Any, side: str) -> None:
    one = ROW | {"kind": "returned"}
    _rows(client, one if side == "speed" else None, one if side == "batch" else None)
    found = _compared(client)
    assert (found.rows_compared, found.rows_different) == (2, 1)
    assert found.sample[0][side] == ""


def test_too_few_in_speed_are_lag_or_another_definition(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _rows(client, ROW | {"kind": "paid"}, None)
    monkeypatch.setattr(reconciliation, "lagging", lambda _: True)
    assert dict(_compared(client).reasons) == {"lag": 1}
    _job(client, "0123456789")
    assert dict(_compared(client).reasons) == {"definition": 1}


@pytest.mark.parametrize(("age", "reason"), [(25, "duplicate beyond the horizon"), (23, "unexplained")])
def test_too_many_in_speed_are_duplicates_of_events_beyond_the_horizon(client: Any, age: int, reason: str) -> None:
    _rows(client, None, ROW | {"kind": "paid"})
    first = START + timedelta(seconds=1) - timedelta(hours=age)
    client.insert(
        f"batch.{table('stg_orders')}",
        [[1, "e1", aware(first)]],
        column_names=["generation", "event_id", "append_time"],
    )
    event = {
        "event_id": "e1", "kind": "placed", "order_id": "o1", "line_no": 1, "quantity": 1, "amount": "1.00", "currency": "EUR",
        "occurred_at": "2026-01-05T00:00:00Z",
    }  # fmt: skip
    row = [0, 2, aware(START + timedelta(seconds=1)), json.dumps(event)]
    client.insert("raw.orders", [row], column_names=["partition", "offset", "append_time", "value"])
    assert dict(_compared(client).reasons) == {reason: 1}


def test_the_outcome_is_recorded_with_a_sample(client: Any) -> None:
    _rows(client, ROW | {"kind": "paid"}, None)
    reconciliation._record(client, {MODEL.name: _compared(client)}, 1, START, END)
    sql = "SELECT rows_compared, rows_different, reasons FROM ops.reconciliations"
    assert clickhouse.rows(client, sql) == [{"rows_compared": 2, "rows_different": 1, "reasons": {"unexplained": 1}}]
    (row,) = clickhouse.rows(client, "SELECT model, speed, reason FROM ops.differences")
    assert row == {"model": MODEL.name, "speed": "", "reason": "unexplained"}


@pytest.mark.parametrize(
    ("committed", "records", "is_lagging"),
    [
        ({0: 7}, {}, False),
        # nothing was ever appended to partition 1, so Flink commits nothing of it
        ({0: 7}, {(0, 7): 0}, False),
        # what is left is the mark of a transaction that was aborted
        ({0: 6}, {(0, 6): 0}, False),
        ({0: 6}, {(0, 6): 1}, True),
        ({}, {(0, 2): 5}, True),
    ],
)
def test_the_speed_layer_lags_while_it_has_not_read_what_there_is(
    committed: dict[int, int], records: dict[tuple[int, int], int], is_lagging: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else real differences would be called a lag for ever, and nobody told what heals them."""
    group, topic = f"crm-speed-{definition()}", "orders"
    contract = SimpleNamespace(topic=topic)
    there = [Partition(topic, 0, 2, 7, 7), Partition(topic, 1, 0, 0, 0)]
    offsets = {TopicPartition(topic, number): SimpleNamespace(offset=at) for number, at in committed.items()}
    admin = SimpleNamespace(
        list_group_offsets=lambda _: {group: offsets},
        list_partition_offsets=lambda asked: {key: SimpleNamespace(offset=-1) for key in asked},
        close=lambda: None,
    )
    monkeypatch.setattr(reconciliation.kafka, "admin", lambda: admin)
    monkeypatch.setattr(reconciliation, "landed_contracts", lambda: {topic: contract})
    monkeypatch.setattr(reconciliation, "partitions", lambda *_: there)
    monkeypatch.setattr(
        reconciliation.positions,
        "records",
        lambda _, number, start, end: records.get((number, start), 0) if start < end else 0,
    )
    assert reconciliation.lagging(END) == is_lagging
