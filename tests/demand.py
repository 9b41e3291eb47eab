"""The figures of demand in plain Python: what the serving views, the layer above the deltas, must show of the events."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

FIGURES = (
    "orders",
    "order_lines",
    "units",
    "gross",
    "cancelled_lines",
    "cancelled",
    "returned_lines",
    "returned",
    "adjusted",
    "paid",
)
_MEASURES = {"cancelled": ("cancelled_lines", "cancelled"), "returned": ("returned_lines", "returned")}


def _add(row: dict[str, Any], found: dict[str, Any]) -> None:
    kind = found["kind"]
    if kind == "placed":
        row["order_lines"] += 1
        row["orders"] += found["line_no"] == 1
        row["units"] += found["quantity"]
        row["gross"] += found["amount"]
    elif kind in _MEASURES:
        lines, money = _MEASURES[kind]
        row[lines] += 1
        row[money] += found["amount"]
    elif kind in ("adjusted", "paid"):
        row[kind] += found["amount"]


def totals(events: Iterable[dict[str, Any]], *by: str) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The figures grouped by event fields, or by `event_hour`."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(lambda: dict.fromkeys(FIGURES, 0))
    for found in events:
        hour = found["occurred_at"].replace(minute=0, second=0, microsecond=0, tzinfo=None)
        _add(rows[tuple(hour if name == "event_hour" else found[name] or "" for name in by)], found)
    return dict(rows)


def by_customer(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """Rows of `serving.customer_demand` by customer and currency; what changes with the clock is left out."""
    return {(row["customer_id"], row["currency"]): {name: row[name] for name in (*FIGURES, "net")} for row in rows}


def agrees(
    events: Iterable[dict[str, Any]],
    hours: Iterable[dict[str, Any]],
    customers: Iterable[dict[str, Any]],
    when: str = "",
) -> None:
    """Hold rows of `serving.demand_by_hour` and `serving.customer_demand` against the distinct valid events of `orders`."""
    events = list(events)
    moving = (event for event in events if event["kind"] != "status_changed")
    expected = totals(moving, "event_hour", "category", "currency")
    found = {(row["event_hour"].replace(tzinfo=None), row["category"], row["currency"]): row for row in hours}
    assert found.keys() == {key for key, row in expected.items() if any(row.values())}, when
    for key, row in found.items():
        assert {name: row[name] for name in FIGURES} == expected[key], (key, when)
    expected = totals((event for event in events if event["customer_id"]), "customer_id", "currency")
    merged = by_customer(customers)
    assert merged.keys() == expected.keys(), when
    for key, row in merged.items():
        figures = expected[key]
        net = figures["gross"] - figures["cancelled"] - figures["returned"] + figures["adjusted"]
        assert row == figures | {"net": net}, (key, when)
