"""Arrears where the business is not in UTC: in a file of its own, since a process has one engine at a time."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.arrears import agrees
from tests.arrears_views import Views, opened
from tests.bookkeeper import DOWN, UP, Entry

TOKYO, SAO_PAULO = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Sao_Paulo")
FIRST = datetime(2018, 11, 1, tzinfo=UTC)
# In São Paulo the fourth day began at one o'clock, and the last hour of the 108th came twice.
DAYS = [0, 1, 2, 3, 30, 31, 106, 107, 108]


@pytest.fixture(scope="module")
def zone(request: pytest.FixtureRequest) -> ZoneInfo:
    found: ZoneInfo = request.param
    return found


@pytest.fixture(scope="module")
def views(zone: ZoneInfo) -> Iterator[Views]:
    with opened(zone.key) as found:
        yield found


def _entry(kind: str, account: str, currency: str, due: date | None, tens: int, at: datetime) -> Entry:
    return Entry(kind, account[0], account[1:], currency, due or at.date(), Decimal(tens) / 10, at)


# Around midnight in both zones.
MOMENTS = st.builds(
    lambda day, hour: FIRST + timedelta(days=day, hours=hour), st.sampled_from(DAYS), st.sampled_from([1, 2, 3, 14, 15])
)
# Of few moments: many entries are of one.
ENTRIES = st.lists(MOMENTS, min_size=1, max_size=3).flatmap(
    lambda moments: st.lists(
        st.builds(
            _entry,
            kind=st.sampled_from([*UP, *DOWN, *["invoiced"] * 6, "paid", "disputed", "promised", "promised"]),
            account=st.sampled_from(["a1", "a1", "b1"]),
            currency=st.sampled_from(["EUR", "EUR", "EUR", "USD"]),
            due=st.none() | st.dates(date(2018, 10, 25), date(2019, 2, 28)),
            tens=st.integers(0, 500),
            at=st.sampled_from(moments),
        ),
        min_size=4,
        max_size=14,
    )
)


# Not shrunk: each example asks six views, and an account of 14 entries is read as it is.
@pytest.mark.parametrize("zone", [TOKYO, SAO_PAULO], indirect=True, ids=lambda zone: zone.key)
@settings(
    max_examples=10,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    ENTRIES,
    st.integers(0, 24 * 120),
    st.integers(0, 24 * 120),
    st.randoms(use_true_random=False),
)
def test_any_order_and_any_boundary_give_what_the_books_say(
    views: Views, zone: ZoneInfo, entries: list[Entry], one: int, other: int, dice: random.Random
) -> None:
    since, as_of = ((FIRST + timedelta(hours=hours)).astimezone(zone) for hours in sorted((one, other)))
    views.fill(entries, dice)
    agrees(entries, views.rows, since, as_of)


@pytest.mark.parametrize("zone", [TOKYO], indirect=True)
def test_a_day_that_no_entry_names_is_that_of_the_business(views: Views, zone: ZoneInfo) -> None:
    """In UTC it is a day earlier: the last day of a term, or of a promise, would be over before it began."""
    at = datetime(2026, 1, 1, 20, tzinfo=UTC)
    entries = [
        Entry("invoiced", "c", "1", "EUR", at.date(), Decimal(100), at),
        Entry("promised", "c", "1", "EUR", at.date(), Decimal(100), at),
    ]
    views.fill(entries, random.Random(1))
    found = [
        (row["days_past_due"], row["broken_promises"], row["first_delinquent_on"])
        for later in (0, 18, 19)  # midnight in Tokyo is at 15:00 UTC
        for row in views.rows("customer_arrears", as_of=at + timedelta(hours=later))
    ]
    assert found == [(0, 0, None), (0, 0, None), (1, 1, "2026-01-03")]
