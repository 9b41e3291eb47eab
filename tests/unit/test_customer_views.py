"""The single view of a customer against plain Python: by hand, and at random for any boundary. The engine runs inside the test."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.customer_views import START, Events, Views, opened
from tests.single_view import agrees, expected, money

FIRST = datetime.fromtimestamp(START, UTC)
MINUTES = 4


@pytest.fixture(scope="module")
def views() -> Iterator[Views]:
    with opened() as found:
        yield found


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.") + f"{moment.microsecond // 1000:03d}"


def arrived(occurred_at: datetime, minute: int, **fields: Any) -> dict[str, Any]:
    """A row of a staging."""
    hour = occurred_at.replace(minute=0, second=0, microsecond=0)
    times = {"occurred_at": stamp(occurred_at), "event_hour": stamp(hour)[:19]}
    return {"ingest_minute": stamp(FIRST + timedelta(minutes=minute))[:19], "event_id": "e"} | times | fields


def order(
    kind: str, amount: str, currency: str = "EUR", customer_id: str = "c", at: int = 0, minute: int = 0
) -> dict[str, Any]:
    money = {"kind": kind, "amount": amount, "currency": currency}
    return arrived(FIRST + timedelta(minutes=at), minute, customer_id=customer_id, line_no=1, quantity=2, **money)


def said(
    kind: str, rating: int = 0, nps: int = -1, customer_id: str = "c", at: int = 0, minute: int = 0
) -> dict[str, Any]:
    answers = {"kind": kind, "rating": rating, "nps": nps, "channel": "survey", "sentiment_label": "none"}
    return arrived(FIRST + timedelta(minutes=at), minute, customer_id=customer_id, feedback_id="f", **answers)


def owed(
    kind: str, amount: str, currency: str = "EUR", customer_id: str = "c", at: int = 0, minute: int = 0, due: str = "2026-01-31",
    invoice: str = "i",
) -> dict[str, Any]:  # fmt: skip
    entry = {"kind": kind, "amount": amount, "currency": currency, "due_date": due, "invoice_id": invoice}
    return arrived(FIRST + timedelta(minutes=at), minute, customer_id=customer_id, **entry)


def record(
    offset: int, customer_id: str = "c", at: int = 0, minute: int = 0, partition: int = 0, **fields: Any
) -> dict[str, Any]:
    """A record appended at the beginning of a minute: within it, partition and offset decide."""
    place = {"append_time": stamp(FIRST + timedelta(minutes=minute)), "partition": partition, "offset": offset}
    known = {
        "name": "",
        "email": "",
        "country": "",
        "segment": "",
        "credit_limit": "-1",
        "currency": "EUR",
        "consent": "unknown",
    }
    return arrived(FIRST + timedelta(minutes=at), minute, customer_id=customer_id, **(known | place | fields))


def test_a_customer_whom_one_subject_knows_has_nothing_of_the_others(views: Views) -> None:
    views.fill({
        "stg_orders": [order("placed", "5", customer_id="buyer"), order("placed", "9", customer_id="")],
        "stg_feedback_enriched": [said("complained", customer_id="critic"), said("rated", 5, customer_id="")],
        "stg_receivables": [owed("invoiced", "7", customer_id="debtor")],
        "stg_customers": [record(1, customer_id="known", name="Jane Roe", credit_limit="0")],
    })  # fmt: skip
    views.publish(0)
    rows = {row["customer_id"]: row for row in views.rows("customer_360")}
    assert rows.keys() == {"buyer", "critic", "debtor", "known"}
    counts = ("orders", "complaints", "open_invoices")
    assert {name: [row[count] for count in counts] for name, row in rows.items()} == {
        "buyer": [1, 0, 0], "critic": [0, 1, 0], "debtor": [0, 0, 1], "known": [0, 0, 0],
    }  # fmt: skip
    assert [name for name, row in rows.items() if row["gross"]] == ["buyer"]
    assert [name for name, row in rows.items() if row["open"]] == ["debtor"]
    assert [name for name, row in rows.items() if row["name"]] == ["known"]
    nulls = ("mean_rating", "last_rating", "last_nps", "first_order_at", "credit_limit_use")
    assert {row[name] for row in rows.values() for name in nulls if row["customer_id"] != "buyer"} == {None}
    assert {(row["customer_id"], row["currency"]) for row in views.rows("customer_money")} == {
        ("buyer", "EUR"), ("debtor", "EUR"), ("known", "EUR"),
    }  # fmt: skip


def test_currencies_are_never_added(views: Views) -> None:
    views.fill({
        "stg_orders": [
            order("placed", "10.10"), order("placed", "5", "BRL"), order("returned", "10.10"), order("adjusted", "-0.10"), order("paid", "3"),
        ],
        "stg_receivables": [owed("invoiced", "100"), owed("paid", "40"), owed("invoiced", "8", "USD"), owed("paid", "9", "GBP")],
        "stg_customers": [record(1, credit_limit="40")],
    })  # fmt: skip
    views.publish(MINUTES)
    (row,) = views.rows("customer_360")
    assert money(row["gross"]) == {"EUR": Decimal("10.10"), "BRL": 5}
    assert money(row["net"]) == {"EUR": Decimal("-0.10"), "BRL": 5}
    assert money(row["paid"]) == {"EUR": 3}
    # A credit balance is not taken off what is open elsewhere.
    assert money(row["open"]) == {"EUR": 60, "USD": 8}
    assert row["credit_limit_use"] == 1.5
    by_currency = {found["currency"]: found for found in views.rows("customer_money")}
    assert by_currency.keys() == {"EUR", "BRL", "USD"}
    assert (by_currency["USD"]["open"], by_currency["USD"]["credit_limit"]) == ("8", None)
    assert (by_currency["EUR"]["credit_limit_use"], by_currency["BRL"]["net"]) == (1.5, "5")


def test_the_latest_record_is_the_last_appended(views: Views) -> None:
    views.fill({"stg_customers": [
        # The oldest by its own time; of one moment the greater offset, whatever the number of its digits.
        record(9, at=50, minute=1, name="Old"), record(10, at=1, minute=1, name="New", email="n@example.com", country="DE"),
        record(99, at=99, minute=0, name="Older", segment="gold", credit_limit="5"),
        # A key that changed its partition: of one moment the greater partition.
        record(7, customer_id="d", partition=0, name="Zero"), record(3, customer_id="d", partition=1, name="One"),
    ]})  # fmt: skip
    for boundary in range(MINUTES):
        views.publish(boundary)
        contacts = {row["customer_id"]: (row["name"], row["email"]) for row in views.rows("customer_contacts")}
        assert contacts == {"c": ("New", "n@example.com"), "d": ("One", "")}, boundary
        profile = {row["customer_id"]: row for row in views.rows("customer_profile")}
        assert [profile["c"][name] for name in ("name", "email", "country", "segment", "credit_limit", "records")] == [
            "***", "***", "DE", "", None, 3,
        ], boundary  # fmt: skip


CUSTOMERS, CURRENCIES = st.sampled_from(["a", "b", ""]), st.sampled_from(["EUR", "EUR", "BRL"])
AMOUNTS = st.integers(-500, 500).map(lambda cents: f"{Decimal(cents) / 100}")
PLACES = {"at": st.integers(0, 200), "minute": st.integers(0, MINUTES - 1)}
EVENTS = st.fixed_dictionaries({
    "stg_orders": st.lists(st.builds(order, kind=st.sampled_from(["placed", "paid", "cancelled", "returned", "adjusted", "status_changed"]),
        amount=AMOUNTS, currency=CURRENCIES, customer_id=CUSTOMERS, **PLACES), max_size=12),
    "stg_feedback_enriched": st.lists(st.builds(said, kind=st.sampled_from(["rated", "rated", "complained", "replied"]),
        rating=st.integers(0, 5), nps=st.integers(-1, 10), customer_id=CUSTOMERS, **PLACES), max_size=12),
    "stg_receivables": st.lists(st.builds(owed, kind=st.sampled_from(["invoiced", "paid", "credited", "disputed"]),
        amount=st.integers(0, 500).map(str), currency=CURRENCIES, customer_id=st.sampled_from(["a", "b"]),
        due=st.sampled_from(["2026-01-31", "2199-01-01"]), invoice=st.sampled_from(["1", "01"]), **PLACES), max_size=12),
    "stg_customers": st.lists(st.builds(record, offset=st.integers(0, 20), customer_id=st.sampled_from(["a", "b"]),
        country=st.sampled_from(["", "DE", "BR"]), credit_limit=st.sampled_from(["-1", "0", "10"]), **PLACES),
        max_size=8, unique_by=lambda row: row["offset"]),
})  # fmt: skip


@settings(
    max_examples=15, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(EVENTS)
def test_the_single_view_is_exact_for_any_boundary(views: Views, events: Events) -> None:
    views.fill(events)
    wanted = expected(events)
    entries = sum(bool(row["customer_id"]) for rows in events.values() for row in rows)
    timelines = []
    for boundary in range(MINUTES + 1):
        views.publish(boundary)
        agrees(views.rows("customer_360"), wanted)
        timelines.append(sorted(views.rows("customer_timeline"), key=str))
        assert sum(row["events"] for row in timelines[-1]) == entries
        assert timelines[-1] == timelines[0], boundary


def test_the_timeline_tells_what_happened_in_order(views: Views) -> None:
    views.fill({
        "stg_orders": [order("placed", "5", at=61, minute=1), order("placed", "6", at=62, minute=3), order("paid", "11", at=119)],
        "stg_feedback_enriched": [said("rated", 4, 9, at=200)],
        "stg_receivables": [owed("invoiced", "11", at=121)],
        "stg_customers": [record(1, at=1, country="DE", name="Jane Roe", credit_limit="100")],
    })  # fmt: skip
    views.publish(2)
    names = ("subject", "kind", "details", "amount", "currency", "events")
    told = [
        tuple(row[name] for name in names)
        for row in sorted(views.rows("customer_timeline"), key=lambda row: row["moment"])
    ]
    assert told == [
        ("customers", "recorded", "country DE, consent unknown, credit limit 100", None, "EUR", 1),
        ("demand", "placed", "4 units", "11", "EUR", 2),
        ("demand", "paid", "2 units", "11", "EUR", 1),
        ("arrears", "invoiced", "invoice i, due 2026-01-31", "11", "EUR", 1),
        ("feedback", "rated", "channel survey, rating 4, NPS 9", None, "", 1),
    ]


@pytest.mark.parametrize(
    "view", ["customer_360", "customer_money", "customer_timeline", "customer_profile", "customer_contacts"]
)
def test_a_lookup_reaches_every_primary_index(views: Views, view: str) -> None:
    views.fill({
        "stg_orders": [order("placed", "5")], "stg_feedback_enriched": [said("rated", 1)],
        "stg_receivables": [owed("invoiced", "7")], "stg_customers": [record(1)],
    })  # fmt: skip
    views.publish(0)
    reads = views.plan(view, "customer_id = 'c'").split("ReadFromMergeTree")[1:]
    assert reads, "nothing is read: the test compares nothing"
    for read in reads:
        assert "customer_id in ['c', 'c']" in read, read
