"""Means, medians and scores from counts, as the serving views write them, against the single answers in plain Python."""

import json
import statistics
from collections.abc import Iterator
from typing import Any

import jinja2
import pytest
from chdb.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.settings import ROOT
from tests import feedback
from tests.feedback import holds

MACROS = ROOT / "dbt_project" / "macros"
KINDS = ("rated", "complained", "commented", "replied", "resolved", "reopened")
# Kind, rating (0: none), nps (-1: none), sentiment, events, texts: a row of a feedback delta.
ROW = st.tuples(
    st.sampled_from(["rated", *KINDS]), st.integers(0, 5), st.integers(-1, 10),
    st.sampled_from(["positive", "neutral", "negative", "none", "failed"]), st.integers(3, 40), st.integers(0, 3),
)  # fmt: skip
# Seconds of a case, with milliseconds; None where there is no reply.
TIMES = st.lists(st.one_of(st.none(), st.integers(0, 10**10).map(lambda ms: ms / 1000)), max_size=12)


def rendered(template: str) -> str:
    """A text with the project's own macros."""
    macros = "".join((MACROS / name).read_text(encoding="utf-8") for name in ("figures.sql", "feedback.sql"))
    return (
        jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=False).from_string(macros + template).render()
    )


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """ClickHouse in this process."""
    with Session() as opened:
        yield opened


def asked(session: Session, sql: str) -> dict[str, Any]:
    """The one row of a query."""
    row: dict[str, Any] = json.loads(session.query(sql, "JSONEachRow").bytes())
    return row


def figures(session: Session, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """What the views show of the rows of one group."""
    columns = "kind String, rating Int64, nps Int64, sentiment_label String, events Int64, texts Int64"
    values = ", ".join(map(repr, rows))
    source = f"values('{columns}', {values})"
    return asked(
        session,
        rendered(f"SELECT {{{{ feedback_figures() }}}} FROM (SELECT {{{{ feedback_counts() }}}} FROM {source})")  # noqa: S608  # drawn numbers
        + " SETTINGS output_format_json_quote_64bit_integers = 0",
    )


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(ROW, min_size=1, max_size=12))
def test_figures_from_counts_are_those_of_the_single_answers(session: Session, rows: list[tuple[Any, ...]]) -> None:
    found = figures(session, rows)
    answers = [
        {
            "kind": kind, "rating": rating or None, "nps": nps if nps >= 0 else None, "sentiment_label": sentiment,
            "text": "…" if number < texts else None,
        }
        for kind, rating, nps, sentiment, events, texts in rows
        for number in range(events)
    ]  # fmt: skip
    holds({"all": found}, {"all": feedback.figures(answers)}, "")


@settings(max_examples=100, deadline=None)
@given(replies=TIMES)
def test_times_of_cases_are_exact_quantiles(session: Session, replies: list[float | None]) -> None:
    cases = (
        ", ".join(f"(1, {'NULL' if seconds is None else seconds}, NULL)" for seconds in replies) or "(0, NULL, NULL)"
    )
    columns = "is_open_complaint UInt8, first_reply_seconds Nullable(Float64), resolution_seconds Nullable(Float64)"
    found = asked(session, rendered(f"SELECT {{{{ case_figures() }}}} FROM values('{columns}', {cases})"))  # noqa: S608  # drawn numbers
    known = [seconds for seconds in replies if seconds is not None]
    assert int(found["open_complaints"]) == len(replies)
    assert found["median_first_reply_seconds"] == (pytest.approx(statistics.median(known), abs=6e-4) if known else None)
    tenths = statistics.quantiles(known, n=10, method="inclusive") if len(known) > 1 else known * 9
    assert found["p90_first_reply_seconds"] == (pytest.approx(tenths[8], abs=6e-4) if known else None)
    assert found["median_resolution_seconds"] is None
