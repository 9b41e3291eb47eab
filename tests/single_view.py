"""The figures of the single view of a customer in plain Python, from rows of the stagings; what depends on the clock is left out."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.bookkeeper import DOWN, UP

Events = Mapping[str, Sequence[Mapping[str, Any]]]  # rows of the stagings, by name; moments and amounts may be texts
NET = {"placed": 1, "cancelled": -1, "returned": -1, "adjusted": 1}
MONEY = ("gross", "net", "paid", "open")
PLAIN = ("orders", "complaints", "country", "segment", "consent", "credit_limit")


def _nobody() -> dict[str, Any]:
    texts = dict.fromkeys(("country", "segment", "consent"), "")
    return (
        {name: Counter() for name in MONEY}
        | texts
        | {"orders": 0, "complaints": 0, "ratings": [], "nps": [], "credit_limit": None}
    )


def expected(events: Events) -> dict[str, dict[str, Any]]:
    """What customer_360 must show of each customer, of events that have happened by the time it is asked."""
    of: dict[str, dict[str, Any]] = defaultdict(_nobody)
    for row in events["stg_orders"]:
        one, amount, currency, kind = of[row["customer_id"]], Decimal(row["amount"]), row["currency"], row["kind"]
        one["orders"] += kind == "placed" and row["line_no"] == 1
        one["net"][currency] += NET.get(kind, 0) * amount
        one["gross"][currency] += amount if kind == "placed" else 0
        one["paid"][currency] += amount if kind == "paid" else 0
    for row in events["stg_feedback_enriched"]:
        one = of[row["customer_id"]]
        if row["kind"] == "rated":
            one["ratings"] += [(row["occurred_at"], row["rating"])] if row["rating"] > 0 else []
            one["nps"] += [(row["occurred_at"], row["nps"])] if row["nps"] >= 0 else []
        one["complaints"] += row["kind"] == "complained"
    balances: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for row in events["stg_receivables"]:
        sign = 1 if row["kind"] in UP else -1 if row["kind"] in DOWN else 0
        balances[row["customer_id"], row["invoice_id"], row["currency"]] += sign * Decimal(row["amount"])
    for (customer, _, currency), balance in balances.items():
        of[customer]["open"][currency] += max(balance, Decimal(0))
    for row in sorted(events["stg_customers"], key=lambda row: (row["append_time"], row["partition"], row["offset"])):
        limit = Decimal(row["credit_limit"])
        of[row["customer_id"]] |= {name: row[name] for name in ("country", "segment", "consent")}
        of[row["customer_id"]]["credit_limit"] = None if limit < 0 else limit
    of.pop("", None)
    return dict(of)


def money(found: Mapping[str, Any]) -> dict[str, Decimal]:
    """Amounts by currency, without those of 0: a map need not have them."""
    return {currency: Decimal(amount) for currency, amount in found.items() if Decimal(amount)}


def agrees(rows: Sequence[Mapping[str, Any]], wanted: Mapping[str, Mapping[str, Any]], when: str = "") -> None:
    """Hold rows of customer_360 against what they must show."""
    found = {row["customer_id"]: row for row in rows}
    assert len(found) == len(rows) and found.keys() == wanted.keys(), f"customer_360 {when}"
    for customer, row in found.items():
        one, where = wanted[customer], f"customer_360 {when}: {customer}"
        shown = {name: row[name] for name in PLAIN} | {"credit_limit": limit(row)}
        assert shown == {name: one[name] for name in PLAIN}, where
        for name in MONEY:
            assert money(row[name]) == money(one[name]), (where, name)
        ratings = [rating for _, rating in one["ratings"]]
        assert row["ratings"] == len(ratings), where
        assert row["mean_rating"] == (pytest.approx(sum(ratings) / len(ratings), abs=6e-5) if ratings else None), where
        assert row["last_rating"] == (max(one["ratings"])[1] if ratings else None), where
        assert row["last_nps"] == (max(one["nps"])[1] if one["nps"] else None), where


def limit(row: Mapping[str, Any]) -> Decimal | None:
    """The credit limit of a row, which may be a text."""
    return None if row["credit_limit"] is None else Decimal(row["credit_limit"])


def agrees_as_served(
    events: Events, asked_at: datetime, rows: Callable[[str], list[dict[str, Any]]], when: str = ""
) -> None:
    """Hold customer_360, customer_money, customer_profile and customer_timeline, asked at `asked_at` (UTC, without saying so)."""
    happened = dict(events) | {
        "stg_receivables": [row for row in events["stg_receivables"] if row["occurred_at"] <= asked_at]
    }
    wanted = expected(happened)
    agrees(rows("customer_360"), wanted, when)
    shown: dict[str, dict[str, dict[str, Decimal]]] = {name: defaultdict(dict) for name in MONEY}
    for row in rows("customer_money"):
        for name in MONEY:
            shown[name][row["customer_id"]][row["currency"]] = row[name]
    for name in MONEY:
        amounts = {customer: money(one) for customer, one in shown[name].items()}
        owned = {customer: money(one[name]) for customer, one in wanted.items()}
        assert {c: found for c, found in amounts.items() if found} == {
            c: found for c, found in owned.items() if found
        }, f"customer_money {when}: {name}"
    records = Counter(row["customer_id"] for row in events["stg_customers"])
    profiles = rows("customer_profile")
    assert {row["customer_id"]: row["records"] for row in profiles} == records, f"customer_profile {when}"
    for row in profiles:
        of, one = ("country", "segment", "consent"), wanted[row["customer_id"]]
        assert [limit(row), *(row[name] for name in of)] == [one["credit_limit"], *(one[name] for name in of)], when
    told: Counter[str] = Counter()
    for row in rows("customer_timeline"):
        told[row["customer_id"]] += row["events"]
    entries = Counter(row["customer_id"] for found in events.values() for row in found if row["customer_id"])
    assert told == entries, f"customer_timeline {when}"
