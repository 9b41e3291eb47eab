"""Feedback: how satisfied customers are, and what waits for an answer."""

from typing import Any

import streamlit as st

from dashboard import charts, filters, formats
from dashboard.filters import Period
from dashboard.live import live, nothing, panel
from dashboard.questions import Answer, Rows, ask, begin
from dashboard.screens.customer import linked
from dashboard.tiles import tile, tiles

# Fewer ratings are chance.
LEAST_RATINGS = 5


def page() -> None:
    """The page."""
    live("Feedback", _draw, "feedback_choices")


def _draw() -> None:
    (known,) = ask("feedback_choices")
    if not known["hours"]:
        nothing("No feedback yet. It appears here some two seconds after it arrives: `crm load`, or `crm simulate`.")
        return
    with st.container(horizontal=True, key="filters"):
        period = filters.period()
        channels = filters.some("Channels", known["channels"], "channel")
        categories = filters.some("Categories", known["categories"], "category")
    bound: dict[str, Any] = {"channels": channels, "categories": categories}
    spans = {name: period.bound()[name] for name in ("since", "until")}
    bucket = period.bucket(known["first_hour"], known["last_hour"])
    answers = {
        "totals": begin("feedback_totals", **bound, **period.bound()),
        "over_time": begin("feedback_over_time", bucket=bucket, **bound, **spans),
        "products": begin("product_feedback", categories=categories, least=LEAST_RATINGS),
        "spikes": begin("feedback_spikes", channels=channels, **spans),
        "open_complaints": begin("open_complaints", **bound),
    }
    totals = {bool(row["is_current"]): row for row in answers["totals"]()}
    if True in totals:
        _tiles(totals, period)
        _charts(answers, bucket)
    else:
        nothing(
            "No feedback in this period, channel and category. "
            f"The newest is of {known['last_hour']:%Y-%m-%d}: choose a period that holds it."
        )
    _waiting(answers["open_complaints"])


def _tiles(totals: dict[bool, dict[str, Any]], period: Period) -> None:
    now, before = totals[True], totals.get(False, {})
    grown = {
        name: formats.change(now[f"compared_{name}"], before.get(f"compared_{name}"))
        for name in ("responses", "complaints")
    }
    with tiles("feedback_totals"):
        tile("Responses", formats.count(now["responses"]), grown["responses"], good="neither", against=period.against)
        tile("Satisfied", formats.share(now["csat"]), note="Ratings 4 and 5 of all ratings.")
        tile("Mean rating", formats.number(now["mean_rating"]), note="Of 1 to 5.")
        nps = formats.number(now["nps"], 1) + (
            f" ± {formats.number(now['nps_margin'], 1)}" if now["nps"] is not None else ""
        )
        tile("NPS", nps, note="Promoters less detractors, of 100 answers, with its 95% interval.")
        tile("Complaints", formats.count(now["complaints"]), grown["complaints"], good="down", against=period.against)
        tile("Texts", formats.count(now["texts"]))


def _charts(answers: dict[str, Answer], bucket: str) -> None:
    rows = answers["over_time"]()
    left, right = st.columns(2)
    with left, panel("How satisfied are customers?", f"Shares of the ratings of each {bucket}, UTC."):
        if any(row[name] for row in rows for name in charts.RATINGS):
            charts.shares_over_time(rows, charts.RATINGS, bucket, "ratings")
        else:
            nothing("Nobody has given a rating here.")
    with right, panel("In what mood do they write?", "A model's estimate of each text that has a language it knows."):
        if any(row[name] for row in rows for name in charts.MOODS):
            charts.shares_over_time(rows, charts.MOODS, bucket, "moods")
        else:
            nothing("No text here in a language that the model knows.")
    left, right = st.columns(2)
    with (
        left,
        panel("Which products are rated worst?", f"Over all time and channels, from {LEAST_RATINGS} ratings on."),
    ):
        _products(answers["products"]())
    with (
        right,
        panel(
            "Where is there more anger than usual?",
            "Hours whose negative feedback is far above the same hour's of past weeks. In all categories.",
        ),
    ):
        _spikes(answers["spikes"]())


def _products(rows: Rows) -> None:
    if not rows:
        nothing(f"No product has {LEAST_RATINGS} ratings.")
        return
    columns = {
        "mean_rating": st.column_config.NumberColumn("mean rating", format="%.2f"),
        "ratings": st.column_config.NumberColumn("ratings", format="localized"),
        "complaints": st.column_config.NumberColumn("complaints", format="localized"),
        "category": "category",
        "product_id": "product",
    }
    charts.table(rows, columns, "products")


def _spikes(rows: Rows) -> None:
    if not rows:
        nothing("No spike in this period.")
        return
    columns = {
        "event_hour": st.column_config.DatetimeColumn("hour, UTC", format="YYYY-MM-DD HH:mm"),
        "channel": "channel",
        "negative": "negative",
        "baseline": st.column_config.NumberColumn("usually", format="%.1f"),
    }
    charts.table(rows, columns, "spikes")


def _waiting(answer: Answer) -> None:
    with panel(
        "What waits for an answer, and for how long?",
        "Complaints that are not resolved, as of now, those that wait longest first.",
    ):
        rows = answer()
        if not rows:
            nothing("No complaint is open.")
            return
        st.caption(
            f"{formats.count(rows[0]['waiting'])} wait"
            + (f"; the first {len(rows)}:" if rows[0]["waiting"] > len(rows) else ":")
        )
        shown = [
            row | {"age": formats.duration(row["age_seconds"]), "answered": "yes" if row["is_answered"] else "not yet"}
            for row in linked(rows)
        ]
        columns = {
            "customer": charts.customer_link(),
            "age": "waits for",
            "answered": "answered",
            "channel": "channel",
            "category": "category",
            "feedback_id": "case",
        }
        charts.table(shown, columns, "open_complaints")
