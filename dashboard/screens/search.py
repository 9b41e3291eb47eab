"""Search: what customers wrote, and whose words they are."""

from datetime import datetime
from html import escape
from typing import Any

import streamlit as st

from dashboard import filters, formats
from dashboard.filters import Period
from dashboard.live import live, nothing
from dashboard.questions import ask
from dashboard.screens.customer import address

HITS = 20
MOODS = ("positive", "neutral", "negative")


def page() -> None:
    """The page."""
    live("Search", _draw)


def _draw() -> None:
    text = st.text_input(
        "Words or “a phrase” that customers wrote", key="text", bind="query-params", type="search", width=560,
        placeholder="all words must occur; empty: the newest",
    )  # fmt: skip
    (known,) = ask("feedback_choices")
    with st.container(horizontal=True, key="filters"):
        period = filters.period()
        ratings = st.multiselect(
            "Ratings", [1, 2, 3, 4, 5], key="ratings", bind="query-params", placeholder="All", width=220
        )
        channel = st.selectbox(
            "Channel", ["", *filter(None, known["channels"])], key="channel_of_text", format_func=_any, width=160
        )
        mood = st.selectbox("Mood", ["", *MOODS], key="mood", bind="query-params", format_func=_any, width=150)
    found = _found(text or "", period, ratings, channel, mood)
    if not found["hits"]:
        nothing("No text matches. Fewer words, or fewer filters, find more.")
        return
    shown = len(found["hits"])
    with st.container(key="total"):
        st.caption(
            f"{formats.count(found['total'])} match" + (f"; the best {shown}:" if found["total"] > shown else ":")
        )
    for number, hit in enumerate(found["hits"]):
        _hit(hit, number)


def _any(value: str) -> str:
    return value or "All"


def _found(text: str, period: Period, ratings: list[int], channel: str, mood: str) -> dict[str, Any]:
    """Ask the index; raises NotReadyError where search is not enabled or does not answer."""
    from search.query import Filters, search

    asked = Filters(
        ratings=tuple(ratings),
        channel=channel or None,
        sentiment=mood or None,
        since=None if period.since == filters.BEGINNING else period.since,
        until=None if period.until == filters.END else period.until,
    )
    result: dict[str, Any] = search(text, asked, HITS)
    return result


def _hit(hit: dict[str, Any], number: int) -> None:
    """One text. What matched comes as escaped HTML with `<em>`; Streamlit removes whatever else were in it."""
    with st.container(border=True, key=f"hit_{number}"):
        st.html("<p>" + (" … ".join(hit["highlights"]) or escape(hit["text"] or "")) + "</p>")
        facts = {
            "at": formats.moment(datetime.fromisoformat(hit["occurred_at"])),
            "rating": hit["rating"],
            "mood": hit["sentiment_label"],
            "channel": hit["channel"],
            "product": hit["product_id"],
        }
        # As it stands: an id may hold what Markdown would take for a format.
        st.html(
            "<small>"
            + " · ".join(f"{name} {escape(str(value))}" for name, value in facts.items() if value not in (None, ""))
            + "</small>"
        )
        if customer := hit["customer_id"]:
            st.html(
                f'<small><a href="{escape(str(address(customer)))}" target="_self">customer {escape(customer)}</a></small>'
            )
