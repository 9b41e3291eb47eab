"""The views of arrears against a bookkeeper: by hand, at random, and on real data. The engine runs inside the test."""

import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from crm.settings import ROOT
from sources.files import Rejects
from sources.loads import SOURCES
from tests.arrears import agrees
from tests.arrears_views import Views, as_of_views, opened
from tests.bookkeeper import DOWN, UP, Entry, end_of
from tests.reading import read

DATA = Path(os.environ.get("CRM_DATA", ROOT / ".." / "shared" / "data")) / "ibm_ar"
FIRST = datetime(2025, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def views() -> Iterator[Views]:
    with opened() as found:
        yield found


def day(text: str) -> date:
    return date.fromisoformat(text)


ENTRIES = st.builds(
    Entry,
    kind=st.sampled_from([*UP, *DOWN, "invoiced", "paid", "disputed", "dispute_resolved", "promised"]),
    customer_id=st.sampled_from(["a", "b"]),
    invoice_id=st.sampled_from(["1", "01"]),
    currency=st.sampled_from(["EUR", "EUR", "USD"]),
    due_date=st.dates(day("2025-10-20"), day("2026-03-31")),
    amount=st.integers(0, 500).map(lambda tens: Decimal(tens) / 10),
    occurred_at=st.integers(0, 150 * 4).map(lambda quarters: FIRST + timedelta(hours=6 * quarters)),
)


def agree(views: Views, entries: list[Entry], since: datetime, as_of: datetime) -> None:
    """Hold every view, as of an instant, against the books."""
    agrees(entries, views.rows, since, as_of)


def test_every_view_of_arrears_has_an_as_of_form() -> None:
    names = {"open_invoices", "customer_arrears", "arrears_aging", "arrears_by_day", "dso_and_cei", "roll_rates"}
    assert set(as_of_views()) == names


# Not shrunk: each example asks six views, and an account of 14 entries is read as it is.
@settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(ENTRIES, max_size=14), st.integers(0, 700), st.integers(0, 700), st.randoms(use_true_random=False))
def test_any_order_and_any_boundary_give_what_the_books_say(
    views: Views, entries: list[Entry], one: int, other: int, dice: random.Random
) -> None:
    since, as_of = sorted((FIRST + timedelta(hours=6 * one), FIRST + timedelta(hours=6 * other)))
    views.fill(entries, dice)
    agree(views, entries, since, as_of)


def booked(account: str, *lines: tuple[str, str, str, str]) -> list[Entry]:
    """The entries of an account of customer c in EUR: kind, day, due date, amount."""
    return [
        Entry(kind, "c", account, "EUR", day(due), Decimal(amount), datetime.fromisoformat(f"{at}T12:00:00+00:00"))
        for kind, at, due, amount in lines
    ]


def test_promises_worked_out_by_hand(views: Views) -> None:
    entries = [
        # 50 came before the promise, nothing after it: broken
        *booked("paid before", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("paid", "2026-01-05", "2026-01-05", "50"),
                ("promised", "2026-01-11", "2026-01-15", "50")),
        # 50 came on the day promised: kept
        *booked("in time", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("promised", "2026-01-11", "2026-01-15", "50"),
                ("paid", "2026-01-15", "2026-01-15", "50")),
        # 50 came a day late: broken
        *booked("late", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("promised", "2026-01-11", "2026-01-15", "50"),
                ("paid", "2026-01-16", "2026-01-16", "50")),
        # 50 came and bounced: 50 - 50 < 50: broken
        *booked("bounced", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("promised", "2026-01-11", "2026-01-15", "50"),
                ("paid", "2026-01-12", "2026-01-12", "50"), ("reversed", "2026-01-14", "2026-01-14", "50")),
        # less came than promised, and a credit note covered the rest, so that nothing was left: kept
        *booked("credited", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("promised", "2026-01-11", "2026-01-15", "100"),
                ("paid", "2026-01-12", "2026-01-12", "90"), ("credited", "2026-01-13", "2026-01-13", "10")),
        # all of it was promised, and a cent is missing: broken
        *booked("all", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("promised", "2026-01-11", "2026-01-15", "0"),
                ("paid", "2026-01-12", "2026-01-12", "99.99")),
        # instalments of 40: one payment keeps the first, the second is broken; that of the 20th is of today
        *booked("instalments", ("invoiced", "2026-01-01", "2026-01-31", "120"), ("promised", "2026-01-11", "2026-01-15", "40"),
                ("promised", "2026-01-11", "2026-01-18", "40"), ("promised", "2026-01-11", "2026-01-20", "40"),
                ("paid", "2026-01-12", "2026-01-12", "40")),
        # the day promised is today: not broken yet
        *booked("today", ("invoiced", "2026-01-01", "2026-01-31", "100"), ("promised", "2026-01-11", "2026-01-20", "50")),
    ]  # fmt: skip
    views.fill(entries, random.Random(1))
    as_of = datetime(2026, 1, 20, 23, 59, tzinfo=UTC)
    [row] = views.rows("customer_arrears", as_of=as_of)
    assert (row["promises"], row["broken_promises"]) == (10, 5)
    agree(views, entries, as_of - timedelta(days=30), as_of)


def test_nothing_moves_backwards(views: Views) -> None:
    """Instants that are swapped would show cures that never were."""
    views.fill([*booked("1", ("invoiced", "2026-01-01", "2026-02-01", "100"))], random.Random(1))
    later, earlier = datetime(2026, 3, 31, tzinfo=UTC), datetime(2026, 1, 31, tzinfo=UTC)
    assert views.rows("roll_rates", since=earlier, as_of=later) and views.rows("roll_rates", since=later, as_of=later)
    assert views.rows("roll_rates", since=later, as_of=earlier) == []


def test_due_today_is_not_overdue_and_a_day_later_is_without_an_event(views: Views) -> None:
    due = day("2026-01-31")
    entry = Entry("invoiced", "c", "007", "EUR", due, Decimal("10.00"), datetime(2026, 1, 1, tzinfo=UTC))
    views.fill([entry], random.Random(1))
    buckets = [
        (row["days_past_due"], row["bucket"])
        for days in (0, 1, 30, 31, 60, 61, 90, 91)
        for row in views.rows("open_invoices", as_of=end_of(due + timedelta(days=days)))
    ]
    assert buckets == [
        (0, "current"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over 90"),
    ]  # fmt: skip


def test_before_the_first_entry_there_is_nothing(views: Views) -> None:
    entry = Entry("invoiced", "c", "007", "EUR", day("2026-01-31"), Decimal(1), datetime(2026, 1, 1, tzinfo=UTC))
    views.fill([entry], random.Random(1))
    before = entry.occurred_at - timedelta(milliseconds=1)
    assert all(views.rows(name, as_of=before) == [] for name in as_of_views() if name != "roll_rates")
    assert views.rows("roll_rates", since=before, as_of=before) == []


@pytest.fixture
def ibm(tmp_path: Path) -> list[Entry]:
    if not DATA.is_dir():
        pytest.skip(f"real data is not at {DATA} (set CRM_DATA)")
    rejects = Rejects(tmp_path / "rejects.csv")
    with rejects:
        found = read(SOURCES["ibm-ar"], DATA, ZoneInfo("UTC"), rejects)
    assert rejects.count == 0
    return [
        Entry(
            e.kind, e.customer_id, e.invoice_id, e.currency, e.due_date or day("1970-01-01"), e.amount,
            datetime.fromtimestamp(e.occurred_at / 1000, UTC),
        )
        for e in found
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "invoices", "balance", "late", "overdue"),
    [
        ("2012-12-31", 99, "5725.06", 13, "788.74"),
        ("2013-06-30", 84, "5119.85", 12, "835.56"),
        ("2013-12-31", 13, "761.90", 10, "555.65"),
    ],
)
def test_the_golden_figures_of_real_invoices(
    views: Views, ibm: list[Entry], at: str, invoices: int, balance: str, late: int, overdue: str
) -> None:
    views.fill(ibm, random.Random(1))
    as_of = datetime.fromisoformat(f"{at}T23:59:59+00:00")
    rows = views.rows("open_invoices", as_of=as_of)
    past_due = [row for row in rows if row["days_past_due"]]
    assert (len(rows), sum(Decimal(row["balance"]) for row in rows)) == (invoices, Decimal(balance))
    assert (len(past_due), sum(Decimal(row["balance"]) for row in past_due)) == (late, Decimal(overdue))
    aging = views.rows("arrears_aging", as_of=as_of)
    assert sum(row["open_invoices"] for row in aging) == invoices
    assert sum(Decimal(row["balance"]) for row in aging if row["bucket_number"] > 2) == Decimal(overdue)
    last = max(views.rows("arrears_by_day", as_of=as_of), key=lambda row: row["arrears_day"])
    assert (last["arrears_day"], last["open_invoices"], last["overdue_invoices"]) == (at, invoices, late)
    assert (Decimal(last["open"]), Decimal(last["overdue"])) == (Decimal(balance), Decimal(overdue))
    customers = views.rows("customer_arrears", as_of=as_of)
    assert sum(Decimal(row["overdue"]) for row in customers) == Decimal(overdue)
