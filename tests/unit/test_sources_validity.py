from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from crm.contracts import contracts
from sources.events import moment
from sources.validity import Validity

ORDERS = contracts()["orders"]
RULE = Validity(ORDERS)
VALID = {
    "event_id": "e", "kind": "placed", "order_id": "o", "line_no": 1, "customer_id": None, "product_id": "p",
    "category": None,
    "quantity": 1, "amount": Decimal("1.50"), "currency": "EUR", "status": None, "occurred_at": 1_000,
}  # fmt: skip


def test_a_valid_event_has_no_reason() -> None:
    assert RULE.reason(VALID) == ""


@pytest.mark.parametrize("column", [column.name for column in ORDERS.columns if column.required])
def test_required_columns(column: str) -> None:
    assert RULE.reason(VALID | {column: None}).startswith(f"{column}: ")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_id", ""),
        ("order_id", "x" * 201),
        ("kind", "teleported"),
        ("line_no", -1),
        ("line_no", True),
        ("quantity", "2"),
        ("amount", Decimal("1.505")),
        ("amount", Decimal("1E15") + Decimal("0.01")),
        ("currency", "EURO"),
        ("currency", "eur"),
        ("currency", "EU\n"),
        ("status", "lost"),
        ("occurred_at", -1),
        ("occurred_at", moment(ORDERS.column("occurred_at").maximum) + 1),  # type: ignore[arg-type]
    ],
)
def test_rules(column: str, value: object) -> None:
    assert RULE.reason(VALID | {column: value}).startswith(f"{column}: ")


@pytest.mark.parametrize(
    ("kind", "column", "value", "is_valid"),
    [
        ("placed", "line_no", 0, False),
        ("cancelled", "line_no", 0, True),
        ("cancelled", "amount", Decimal("-0.01"), False),
        ("adjusted", "amount", Decimal("-0.01"), True),
        ("paid", "quantity", -1, False),
        ("status_changed", "status", None, False),
        ("status_changed", "status", "shipped", True),
        ("placed", "status", None, True),
    ],
)
def test_rules_of_a_kind(kind: str, column: str, value: object, is_valid: bool) -> None:
    event = VALID | {"kind": kind, "status": "shipped", column: value}
    for found in (RULE.reason(event), RULE.reason_of(SimpleNamespace(**event))):
        assert found == "" if is_valid else found.startswith(f"{column}: ")


def test_dates() -> None:
    rule = Validity(contracts()["receivables"])
    event = {
        "event_id": "e", "kind": "invoiced", "invoice_id": "007", "customer_id": "c", "amount": Decimal("1.50"),
        "currency": "EUR", "occurred_at": 1_000,
    }  # fmt: skip
    assert rule.reason(event) == rule.reason(event | {"due_date": date(2199, 12, 31)}) == ""
    for wrong in (date(2200, 1, 1), date(1969, 12, 31), datetime(2026, 1, 31), "2026-01-31"):
        assert rule.reason(event | {"due_date": wrong}).startswith("due_date: ")
