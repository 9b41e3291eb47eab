"""What an erasure leaves of records: the real statements on the real engine, in the test's process."""

import json
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_layer.migrate import migrate
from batch_layer.moments import aware
from batch_layer.rewriting import anonymous, mentions, rewrite
from batch_layer.screening import screen
from crm.contracts import contracts
from crm.subjects import digest, pseudonym
from tests import embedded, raw_view

ORDERS = contracts()["orders"]
EVENT: dict[str, Any] = {
    "event_id": "e1", "kind": "adjusted", "order_id": "o1", "line_no": 1, "customer_id": "C0042", "product_id": "p", "category": "bücher",
    "quantity": 2, "amount": "-12.30", "currency": "EUR", "status": None, "occurred_at": "2026-01-05T10:00:00.123+02:00",
}  # fmt: skip


@pytest.mark.parametrize("text", ['{"customer_id":"C0042"}', "C0042", "x C0042.", '"\\u00e9\\"C"', '"é\\"C"', 'é"C'])
def test_mentions_are_whole_words_in_every_spelling(text: str) -> None:
    assert re.search(mentions(["C0042", 'é"C']), text)


@pytest.mark.parametrize("text", ["C00421", "xC0042", "C0042_", "c0042", "", "C004"])
def test_parts_of_words_are_no_mentions(text: str) -> None:
    assert not re.search(mentions(["C0042"]), text)


@given(st.text(min_size=1, max_size=20).filter(lambda one: "\0" not in one))
def test_any_id_is_found_as_json_writes_it(customer: str) -> None:
    for is_ascii in (True, False):
        try:
            text = json.dumps({"customer_id": customer}, ensure_ascii=is_ascii)
            text.encode()
        except UnicodeEncodeError:  # a lone surrogate is no text
            return
        assert re.search(mentions([customer]), text)


def test_an_anonymous_event_counts_as_before_for_nobody() -> None:
    with raw_view.opened(ORDERS) as view:
        names = [column.name for column in ORDERS.columns]
        sent = EVENT | {"customer_id": "C0042", "order_id": "C0042/7", "undeclared": "Jane of C0042"}
        view.land([json.dumps(sent).encode()])
        (typed,) = view.session.query(
            f"SELECT {', '.join(names)} FROM raw.orders_events", "JSONEachRow"  # noqa: S608  # the contract's names
        ).bytes().decode().splitlines()  # fmt: skip
        row = json.loads(typed)
        row["occurred_at"] = datetime.fromisoformat(row["occurred_at"])
        left = anonymous(ORDERS, row)
        assert b"C0042" not in left and b"Jane" not in left
        (before, _), (after, reason) = view.verdicts([json.dumps(sent).encode(), left])
        assert reason == "" and before is not None and after is not None
        changed = {name: new for name, old, new in zip(names, before, after, strict=True) if old != new}
        assert changed == {"customer_id": None, "order_id": f"{pseudonym(digest('C0042'))}/7"}


@pytest.mark.parametrize("drop", [False, True])
def test_rewriting_leaves_places_and_takes_persons(drop: bool) -> None:
    """One of each kind of record, rewritten twice: nothing of the customer is left, and nothing of others is touched."""
    other = EVENT | {"customer_id": "C00421", "event_id": "e2"}
    records = [EVENT, other, EVENT | {"event_id": "e3", "customer_id": None}, EVENT | {"event_id": ""}]
    values = [*(json.dumps(record).encode() for record in records), b"not json of C0042", b"not json of C00421", None]
    with raw_view.opened(ORDERS) as view:
        client: Any = embedded.Client(view.session)
        migrate(client)
        view.land(values)
        client.command("ALTER TABLE raw.orders UPDATE key = 'C0042' WHERE offset IN (0, 2) SETTINGS mutations_sync = 2")
        client.command("ALTER TABLE raw.orders UPDATE key = 'C00421' WHERE offset = 1 SETTINGS mutations_sync = 2")
        day = datetime(2026, 1, 1), datetime(2026, 1, 2)
        assert rewrite(client, ORDERS, ["C0042"], day[0], day[0], drop=drop) == 0
        assert rewrite(client, ORDERS, ["C0042"], *day, drop=drop) == 4
        assert rewrite(client, ORDERS, ["C0042"], *day, drop=drop) == 0
        left = view.query("SELECT offset, key, value FROM raw.orders ORDER BY offset")
        assert [offset for offset, *_ in left] == list(range(len(values)))
        assert {offset: key for offset, key, _ in left if key} == {1: "C00421"}
        texts = {offset: value for offset, _, value in left}
        assert [texts[offset] for offset in (1, 2, 5)] == [values[offset].decode() for offset in (1, 2, 5)]  # type: ignore[union-attr]
        assert [texts[offset] for offset in (3, 4, 6)] == [None] * 3
        assert texts[0] is None if drop else json.loads(texts[0])["customer_id"] is None
        assert view.query("SELECT topic, partition, last_offset, records FROM ops.erased_records") == [
            ["orders", 0, 4, 4]
        ]


@pytest.mark.parametrize(("start", "seconds"), [(0, [2, 3, 4]), (3, [3, 4]), (5, [])])
def test_only_what_came_after_an_erasure_is_screened(start: int, seconds: list[int]) -> None:
    """Before it the erasure has done its own work, and a range begins where it begins. The records are a second apart."""
    midnight = datetime(2026, 1, 1)
    records = [EVENT | {"event_id": str(number)} for number in range(5)]
    records += [EVENT | {"event_id": "other", "customer_id": "C0043"}]
    values = [json.dumps(record).encode() for record in records]
    with raw_view.opened(ORDERS) as view:
        client: Any = embedded.Client(view.session)
        migrate(client)
        view.land(values)
        at = aware(midnight + timedelta(seconds=2))
        columns = ["digest", "policy", "effective_from", "state", "requested_at"]
        client.insert("ops.erasures", [[digest("C0042"), "refuse", at, "erased", at]], column_names=columns)
        day = midnight + timedelta(seconds=start), midnight + timedelta(days=1)
        told: list[str] = []
        assert screen(client, *day, told.append) == len(seconds)
        assert len(told) == bool(seconds)
        left = view.query("SELECT offset, value FROM raw.orders ORDER BY offset")
        assert [offset for offset, value in left if value is None] == seconds
        assert all(value in (None, values[offset].decode()) for offset, value in left)
