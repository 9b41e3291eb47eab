"""Which events become documents: judged by ClickHouse's own engine, in the test's process."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from chdb.session import Session
from hypothesis import given
from hypothesis import strategies as st

from crm.quoting import literal
from crm.subjects import ERASED, digest
from search import documents
from tests import oracle
from tests.parity.events import generated

MOMENT = 1_790_000_000_000


@dataclass(frozen=True)
class Message:
    """A record as the client hands it out."""

    record: oracle.Record

    def partition(self) -> int:
        return self.record.partition

    def offset(self) -> int:
        return self.record.offset

    def timestamp(self) -> tuple[int, int]:
        return 2, self.record.append_time

    def key(self) -> bytes | None:
        return self.record.key

    def value(self) -> bytes | None:
        return self.record.value


def feedback(**fields: Any) -> bytes:
    event = {
        "event_id": "e", "kind": "commented", "feedback_id": "f", "channel": "web", "text": "很好", "occurred_at": "2026-01-05T10:00:00Z",
        "sentiment": 0.25, "sentiment_label": "positive", "enrichment_model": "m 1",
    } | fields  # fmt: skip
    return json.dumps(event, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    found = Session()
    yield found
    found.close()


def judged(session: Session, values: list[bytes | None]) -> list[dict[str, Any]]:
    """The query that the indexer asks, over records that travelled as its batches do."""
    messages = [
        Message(oracle.Record(number % 3, number, MOMENT + number, b"k" if number % 2 else None, value))
        for number, value in enumerate(values)
    ]
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(documents.row_binary(messages))  # type: ignore[arg-type]
        file.flush()
        structure = ", ".join(f"{name} {kind}" for name, kind in documents.ARRIVED.items())
        source = f"file({literal(str(Path(file.name)))}, 'RowBinary', {literal(structure)})"
        text = session.query(documents.sql("arrived.sql", source), "JSONEachRow").bytes().decode()
    return [json.loads(line) for line in text.split("\n") if line]


def test_records_travel_byte_for_byte_with_their_places(session: Session) -> None:
    long = feedback(event_id="long", text="好" * 20_000)
    values = [feedback(), None, b"", b"\xff\xfe not text", long, feedback(rating=6), feedback(kind="praised")]
    found = {row["offset"]: row for row in judged(session, values)}
    assert [row["partition"] for row in found.values()] == [0, 0, 0, 1, 1, 2, 2]
    assert [found[number]["reject_reason"] for number in range(len(values))] == [
        "", "value: null", "value: not JSON", "value: not JSON", "", "rating: greater than 5",
        "kind: not one of rated, complained, commented, replied, resolved, reopened",
    ]  # fmt: skip
    assert found[4]["text"] == "好" * 20_000
    assert [bool(found[number]["key"] is not None) for number in range(4)] == [False, True, False, True]
    assert [int(found[number]["appended"]) for number in range(3)] == [MOMENT, MOMENT + 1, MOMENT + 2]


def test_it_is_the_verdict_of_the_oracle(session: Session) -> None:
    """Hostile records of the contract, as the parity tests send them."""
    contract = documents.contract()
    values = [value for _, value in generated(contract, 400)]
    found = {row["offset"]: row for row in judged(session, values)}
    expected = [oracle.event(contract, value) is not None for value in values]
    assert [found[number]["reject_reason"] == "" for number in range(len(values))] == expected
    assert any(expected) and not all(expected)


places = st.tuples(st.integers(0, 2**42 - 1), st.integers(0, 2**documents.PARTITION_BITS - 1))


@given(places, places)
def test_the_earlier_record_has_the_higher_version(one: tuple[int, int], other: tuple[int, int]) -> None:
    """As both layers order them: by append time, then by partition. Elasticsearch's versions are positive longs."""
    assert (one < other) == (documents.version(*one) > documents.version(*other))
    assert (one == other) == (documents.version(*one) == documents.version(*other))
    assert 0 <= documents.version(*one) < 2**63


def row(**fields: Any) -> dict[str, Any]:
    names = [column.name for column in documents.contract().columns]
    event = dict.fromkeys(names) | {
        "event_id": "e", "kind": "rated", "channel": "web", "rating": 5, "text": "fine", "customer_id": "c-1",
        "occurred_at": datetime(2026, 1, 5, 10, 0, 0, 7000), "sentiment": Decimal("0.250"),
    }  # fmt: skip
    return event | {"key": "", "partition": 1, "offset": 7, "appended": MOMENT, "reject_reason": ""} | fields


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        ({}, True),
        ({"customer_id": None}, True),
        ({"customer_id": None, "key": None}, True),
        ({"customer_id": "gone"}, False),
        ({"customer_id": None, "key": None, "text": ERASED}, False),
        ({"customer_id": None, "key": None, "text": None}, False),
        ({"customer_id": None, "key": "f-1", "text": ERASED}, True),
        ({"customer_id": "c-1", "key": None, "text": None}, True),
    ],
)
def test_erased_events_are_no_documents(fields: dict[str, Any], kept: bool) -> None:
    counted: Counter[str] = Counter()
    found = list(documents.actions([row(**fields)], frozenset({digest("gone")}), counted))
    assert len(found) == kept
    assert counted == ({} if kept else {"erased": 1})


def test_what_rewriting_leaves_of_an_event_is_no_document(session: Session) -> None:
    """The very bytes that an erasure writes into raw; there is no key any more (offset 0: none)."""
    from batch_layer.rewriting import anonymous

    event = oracle.event(documents.contract(), feedback(customer_id="c-9", text="I am c-9"))
    assert event is not None
    (left,) = judged(session, [anonymous(documents.contract(), event)])
    assert left["reject_reason"] == "" and left["key"] is None
    assert not documents.is_kept(left, frozenset())


def test_a_document_has_the_events_fields_and_its_place() -> None:
    counted: Counter[str] = Counter()
    (action, ) = documents.actions([row(), row(reject_reason="text: longer than 20000")], frozenset(), counted)  # fmt: skip
    assert counted == {"rejected": 1}
    assert (action["_id"], action["version"], action["version_type"]) == ("e", documents.version(MOMENT, 1), "external")
    source = json.loads(json.dumps(action["_source"]))
    assert source["occurred_at"] == "2026-01-05T10:00:00.007Z" and source["sentiment"] == 0.25
    assert (source["partition"], source["offset"], source["append_time"]) == (1, 7, MOMENT)
