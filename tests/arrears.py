"""The figures of arrears in plain Python: what the serving views must show, from a bookkeeper's books (tests/bookkeeper.py)."""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.bookkeeper import Account, Books, Entry, dso, rolls

Rows = Callable[..., list[dict[str, Any]]]
DAYS_BY_BUCKET = {
    "current": "current", "1-30": "days_1_30", "31-60": "days_31_60", "61-90": "days_61_90", "over 90": "days_over_90",
}  # fmt: skip
RECEIVABLES = ("beginning_receivables", "credit_sales", "ending_receivables", "ending_current_receivables")
RATIOS = ("days_sales_outstanding", "best_possible_dso", "average_days_delinquent", "collection_effectiveness_index")
# Where days are sampled: each costs a look at all entries.
SAMPLED_DAYS = 8


def entries(events: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """The ledger of distinct valid events of `receivables`."""
    return [
        Entry(
            e["kind"], e["customer_id"], e["invoice_id"], e["currency"], e["due_date"] or e["occurred_at"].date(), e["amount"],
            e["occurred_at"],
        )
        for e in events
    ]  # fmt: skip


def money(row: Mapping[str, Any], *names: str) -> tuple[Decimal, ...]:
    """Amounts of a row, which may be texts."""
    return tuple(Decimal(row[name]) for name in names)


def day(value: date | str) -> date:
    """A day, which may be a text."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def agrees(
    ledger: list[Entry], rows: Rows, since: datetime, as_of: datetime, when: str = "", *, sample: bool = False
) -> None:
    """Hold every view of arrears, as of an instant, against the books.

    `rows(view, as_of=…)` gives the rows of a view's as-of form; amounts and days may be texts. `sample`: of arrears_by_day, which
    has a row for each day since the first entry, some days that `rows(view, as_of=…, days=…)` is asked for.
    """
    books = Books(ledger, as_of)
    opened = books.open()
    found = {
        (row["customer_id"], row["invoice_id"], row["currency"]): (
            *money(row, "balance", "disputed"), day(row["due_date"]), row["days_past_due"], row["bucket"],
        )
        for row in rows("open_invoices", as_of=as_of)
    }  # fmt: skip
    assert found == opened, f"open_invoices {when}"
    _aging(opened, rows("arrears_aging", as_of=as_of), when)
    _customers(books, opened, rows("customer_arrears", as_of=as_of), when)
    _days(books, rows, when, sample=sample)

    ratios = rows("dso_and_cei", as_of=as_of)
    assert {row["currency"] for row in ratios} == {account[2] for account in books.accounts}, f"dso_and_cei {when}"
    for row in ratios:
        expected = dso(ledger, as_of, row["currency"], row["period_days"])
        assert expected["money"] == money(row, *RECEIVABLES), f"dso_and_cei {when}: {row}"
        for name, wanted in zip(RATIOS, expected["ratios"], strict=True):
            shown_ratio = row[name]
            assert (shown_ratio is None) == (wanted is None), f"dso_and_cei {when}: {row}"
            # To two decimals, and the difference of two that are; of amounts near the contract's limits a double has fewer.
            rounded = 0.0101 if name == "average_days_delinquent" else 0.0051
            assert wanted is None or shown_ratio == pytest.approx(wanted, rel=1e-9, abs=rounded), (
                f"dso_and_cei {when}: {row}"
            )

    moved, shown = rolls(ledger, since, as_of), rows("roll_rates", since=since, as_of=as_of)
    assert {
        (row["currency"], row["from_bucket"], row["to_bucket"]): [row["invoices"], *money(row, "from_balance", "to_balance")]
        for row in shown
    } == moved, f"roll_rates {when}"  # fmt: skip
    for row in shown:
        whole = sum(r[0] for key, r in moved.items() if key[:2] == (row["currency"], row["from_bucket"]))
        assert row["invoice_share"] == pytest.approx(row["invoices"] / whole, abs=0.00006), f"roll_rates {when}: {row}"


def _aging(opened: Mapping[Account, tuple[Any, ...]], shown: Iterable[Mapping[str, Any]], when: str) -> None:
    aging: dict[tuple[str, str], list[Any]] = {}
    for (customer, _, currency), (balance, disputed, _, _, name) in opened.items():
        row = aging.setdefault((currency, name), [0, set(), Decimal(0), Decimal(0)])
        aging[currency, name] = [row[0] + 1, row[1] | {customer}, row[2] + balance, row[3] + disputed]
    assert {
        (row["currency"], row["bucket"]): [row["open_invoices"], row["customers"], *money(row, "balance", "disputed")]
        for row in shown
    } == {key: [row[0], len(row[1]), *row[2:]] for key, row in aging.items()}, f"arrears_aging {when}"


def _customers(
    books: Books, opened: Mapping[Account, tuple[Any, ...]], shown: Sequence[Mapping[str, Any]], when: str
) -> None:
    of: dict[tuple[str, str], list[tuple[Any, ...]]] = {(a[0], a[2]): [] for a in books.accounts}
    assert {(row["customer_id"], row["currency"]) for row in shown} == of.keys(), f"customer_arrears {when}"
    for (customer, _, currency), figures in opened.items():
        of[customer, currency].append(figures)
    for row in shown:
        person = row["customer_id"], row["currency"]
        where, own = f"customer_arrears {when}: {person}", of[person]
        for name, column in DAYS_BY_BUCKET.items():
            assert Decimal(row[column]) == sum(r[0] for r in own if r[4] == name), (where, column)
        assert Decimal(row["open"]) == sum(r[0] for r in own if r[0] > 0), where
        assert Decimal(row["credit"]) == -sum(r[0] for r in own if r[0] < 0), where
        assert Decimal(row["overdue"]) == sum(r[0] for r in own if r[3] > 0), where
        assert row["overdue_invoices"] == sum(r[3] > 0 for r in own), where
        assert row["days_past_due"] == max((r[3] for r in own), default=0), where
        assert (row["promises"], row["broken_promises"]) == books.promises(*person), where
        delinquent = row["first_delinquent_on"]
        assert (delinquent and day(delinquent)) == books.first_delinquent_on(*person), where


def _days(books: Books, rows: Rows, when: str, *, sample: bool) -> None:
    if sample:
        days = {books.today, *(turn for account in books.accounts for turn in books.turns(account))}
        days = {*random.Random(1).sample(sorted(days), min(SAMPLED_DAYS, len(days)))}
        shown = rows("arrears_by_day", as_of=books.as_of, days=sorted(days))
        since = {currency: books.owed_since(currency) for currency in {account[2] for account in books.accounts}}
        wanted = {
            (currency, one): books.owed_on(currency, one)
            for currency, first in since.items()
            for one in days
            if first and first <= one
        }
    else:
        shown, wanted = rows("arrears_by_day", as_of=books.as_of), books.day_by_day()
    assert {
        (row["currency"], day(row["arrears_day"])): (
            row["open_invoices"], *money(row, "open"), row["overdue_invoices"], *money(row, "overdue"),
        )
        for row in shown
    } == wanted, f"arrears_by_day {when}"  # fmt: skip


def served_as_of(served: Callable[..., list[dict[str, Any]]]) -> Rows:
    """The rows of as-of forms through a query function of the BI user."""

    def rows(
        view: str, *, as_of: datetime, since: datetime | None = None, days: Sequence[date] | None = None
    ) -> list[dict[str, Any]]:
        instants = {"as_of": as_of} | ({"since": since} if since else {})
        arguments = ", ".join(
            f"{name} = '{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}'"
            for name, at in instants.items()
        )
        chosen = "" if days is None else f" WHERE arrears_day IN ({', '.join(repr(str(one)) for one in days)})"
        return served(f"SELECT * FROM serving.{view}_as_of({arguments}){chosen}")  # noqa: S608  # our own names and dates

    return rows
