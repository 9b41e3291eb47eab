"""What an erasure leaves of records: the real statements on the real engine, in the test's process."""

import json
import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batch_layer.rewriting import anonymous, mentions
from crm.contracts import contracts
from crm.subjects import digest, pseudonym
from tests import raw_view

ORDERS = contracts()["orders"]
EVENT: dict[str, Any] = {
    "event_id": "e1", "kind": "placed", "order_id": "o1", "line_no": 1, "customer_id": "C0042", "product_id": "p", "category": "bücher",
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
