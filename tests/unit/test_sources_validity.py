from datetime import date, datetime
from decimal import Decimal

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
        ("status", "lost"),
        ("occurred_at", -1),
        ("occurred_at", moment(ORDERS.column("occurred_at").maximum) + 1),  # type: ignore[arg-type]
    ],
)
def test_rules(column: str, value: object) -> None:
    assert RULE.reason(VALID | {column: value}).startswith(f"{column}: ")


def test_dates() -> None:
    rule = Validity(contracts()["receivables"])
    event = {
        "event_id": "e", "kind": "invoiced", "invoice_id": "007", "customer_id": "c", "amount": Decimal("1.50"),
        "currency": "EUR", "occurred_at": 1_000,
    }  # fmt: skip
    assert rule.reason(event) == rule.reason(event | {"due_date": date(2199, 12, 31)}) == ""
    for wrong in (date(2200, 1, 1), date(1969, 12, 31), datetime(2026, 1, 31), "2026-01-31"):
        assert rule.reason(event | {"due_date": wrong}).startswith("due_date: ")
