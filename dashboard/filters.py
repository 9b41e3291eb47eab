"""What a reader narrows a page to. Each filter is in the page's address, so that a view can be bookmarked and sent."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

EVERYTHING, BETWEEN = "Everything", "Between two days"
SPANS = {
    "Last 24 hours": timedelta(hours=24),
    "Last 7 days": timedelta(days=7),
    "Last 30 days": timedelta(days=30),
    "Last 12 months": timedelta(days=365),
}
BEGINNING, END = datetime(1970, 1, 1), datetime(2100, 1, 1)
# The longest span of each bucket, so that a chart has at most some hundred of them; months beyond.
BUCKETS = {"hour": timedelta(days=4), "day": timedelta(days=130), "week": timedelta(days=1100)}


@dataclass(frozen=True)
class Period:
    """Full hours, UTC, half-open. Its hours before `compared_until` are compared with as many from `before` on.

    `before` equals `since` where there is nothing to compare with.
    """

    name: str
    since: datetime
    until: datetime
    before: datetime
    compared_until: datetime

    def bound(self) -> dict[str, str]:
        """The parameters of a statement."""
        names = ("since", "until", "before", "compared_until")
        return {name: f"{getattr(self, name):%Y-%m-%d %H:%M:%S}" for name in names}

    def bucket(self, first: datetime, last: datetime) -> str:
        """How finely to cut the part of it that has events, which run from `first` to `last`."""
        # What is dated later than now is shown, where it is in the period, and makes nothing coarser.
        span = min(self.until, naive(last), datetime.now(UTC).replace(tzinfo=None)) - max(self.since, naive(first))
        return next((name for name, longest in BUCKETS.items() if span <= longest), "month")

    @property
    def against(self) -> str:
        """What a change is measured against."""
        return "" if self.before == self.since else "vs the period before"


def period() -> Period:
    """Ask which events count, by when they happened."""
    now = datetime.now(UTC)
    name = st.selectbox("Period", [EVERYTHING, *SPANS, BETWEEN], key="period", bind="query-params", width=190)
    if name == BETWEEN:
        today = now.date()
        days = st.date_input(
            "Days",
            (today - timedelta(days=30), today),
            min_value=BEGINNING.date(),
            max_value=today,
            key="days",
            bind="query-params",
            format="YYYY-MM-DD",
            width=250,
        )
        # While they are being chosen there may be one, or none.
        chosen = list(days) or [today]
        return between(chosen[0], chosen[-1], now)
    return ending_now(str(name), now)


def ending_now(name: str, now: datetime) -> Period:
    """A period that ends with the hour of now; what is dated later has not happened. A page that is drawn again asks anew."""
    if name not in SPANS:
        return Period(EVERYTHING, BEGINNING, END, BEGINNING, END)
    hour = _hour(now)
    since = hour - SPANS[name]
    return Period(name, since, hour + timedelta(hours=1), since - SPANS[name], hour)


def between(first: date, last: date, now: datetime) -> Period:
    """From the start of the first day to the end of the last, which may be today."""
    since, until = (datetime(day.year, day.month, day.day) for day in (first, last + timedelta(days=1)))
    compared_until = max(since, min(until, _hour(now)))
    return Period(f"{first} to {last}", since, until, since - (compared_until - since), compared_until)


def _hour(now: datetime) -> datetime:
    """The start of the hour that has begun. Of an hour of the past, the views cannot tell what its first minutes had."""
    return now.replace(minute=0, second=0, microsecond=0, tzinfo=None)


def currency(known: list[str]) -> str:
    """Ask for one currency: money of two is never added. The first is the default."""
    return str(st.selectbox("Currency", known, key="currency", bind="query-params", width=120))


def some(label: str, known: list[str], key: str) -> list[str]:
    """Ask for some of the known values; none chosen means all of them."""
    return st.multiselect(
        label,
        known,
        key=key,
        bind="query-params",
        placeholder="All",
        format_func=lambda value: value or "(none)",
        width=280,
    )


def naive(value: Any) -> datetime:
    """A moment of ClickHouse without its zone, which is UTC."""
    found: datetime = value.replace(tzinfo=None)
    return found
