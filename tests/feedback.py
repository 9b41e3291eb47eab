"""The figures of feedback in plain Python: what the serving views must show, from the single answers and the steps of the cases.

Independent of both engines: means, medians and quantiles are taken over the answers themselves, never from counts.
"""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.cases import CUSTOMER_KINDS, SUBJECT, Case, Event, case_figures, cases

Rows = Callable[[str], list[dict[str, Any]]]
LABELS = ("positive", "neutral", "negative", "failed")
# Half a unit of what a view rounds to, and a little for the division.
ROUNDED = {
    "mean_rating": 6e-5, "median_rating": 1e-9, "csat": 6e-5, "nps": 6e-3, "nps_margin": 6e-3, "complaints_per_1000_orders": 6e-5,
    "complaints_per_1000_order_lines": 6e-5, "baseline": 6e-5, "score": 6e-4,
}  # fmt: skip
ROUNDED |= {f"{of}_{name}_seconds": 6e-4 for of in ("median", "p90") for name in ("first_reply", "resolution")}
WEEK = timedelta(days=7)
# The rule of docs/serving.md: weeks of the baseline, weeks and negative events and score of a spike, at least.
SPIKE_WEEKS, SPIKE_WEEKS_LEAST, SPIKE_EVENTS, SPIKE_SCORE = 8, 4, 5, 3


def figures(events: Sequence[Event]) -> dict[str, Any]:
    """What a view shows of a group of events."""
    answers = [event for event in events if event["kind"] == "rated"]
    spoken = [event for event in events if event["kind"] in CUSTOMER_KINDS]
    ratings = [event["rating"] for event in answers if event["rating"] is not None]
    points = [100 if e["nps"] >= 9 else 0 if e["nps"] >= 7 else -100 for e in answers if e["nps"] is not None]
    # The margin by the textbook: 1.96 standard errors of a mean, over the answers themselves.
    error = math.sqrt(statistics.pvariance(points) / len(points)) if points else 0
    return {
        "responses": len(answers),
        "ratings": len(ratings),
        **{f"ratings_{n}": ratings.count(n) for n in range(1, 6)},
        "mean_rating": statistics.fmean(ratings) if ratings else None,
        "median_rating": statistics.median(ratings) if ratings else None,
        "csat": sum(rating >= 4 for rating in ratings) / len(ratings) if ratings else None,
        "promoters": points.count(100),
        "passives": points.count(0),
        "detractors": points.count(-100),
        "nps_responses": len(points),
        "nps": statistics.fmean(points) if points else None,
        "nps_margin": 1.96 * error if points else None,
        "complaints": sum(event["kind"] == "complained" for event in events),
        "texts": sum(bool(event["text"]) for event in spoken),
        **{f"sentiment_{label}": sum(event["sentiment_label"] == label for event in spoken) for label in LABELS},
    }


def per_thousand(part: int, whole: int) -> float | None:
    """So many of 1,000."""
    return 1000 * part / whole if whole else None


def hour(event: Event) -> datetime:
    """The hour of an event, in UTC."""
    found: datetime = event["occurred_at"].replace(minute=0, second=0, microsecond=0)
    return found


def grouped(events: Iterable[Event], key: Callable[[Event], Any]) -> dict[Any, list[Event]]:
    """Events by a key, those without a key left out."""
    groups: dict[Any, list[Event]] = defaultdict(list)
    for event in events:
        if (found := key(event)) is not None:
            groups[found].append(event)
    return groups


def by_customer(events: Sequence[Event], orders: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """What `customer_feedback` must show."""
    placed = Counter(e["customer_id"] for e in orders if e["kind"] == "placed" and e["line_no"] == 1)
    of = _cases_by(events, lambda case: case.subject[0])
    found = {}
    for customer, own in grouped(events, lambda event: event["customer_id"]).items():
        if spoken := [event["occurred_at"] for event in own if event["kind"] in CUSTOMER_KINDS]:
            row = figures(own) | case_figures(of[customer]) | {"orders": placed[customer]}
            row["complaints_per_1000_orders"] = per_thousand(row["complaints"], row["orders"])
            found[customer] = row | {"first_feedback_at": min(spoken), "last_feedback_at": max(spoken)}
    return found


def by_product(events: Sequence[Event], orders: Iterable[Event]) -> dict[str, dict[str, Any]]:
    """What `product_feedback` must show."""
    placed = Counter(event["product_id"] for event in orders if event["kind"] == "placed")
    of = _cases_by(events, lambda case: case.subject[2])
    found = {}
    for product, own in grouped(events, lambda event: event["product_id"]).items():
        if any(event["kind"] in CUSTOMER_KINDS for event in own):
            row = figures(own) | case_figures(of[product]) | {"order_lines": placed[product]}
            row["complaints_per_1000_order_lines"] = per_thousand(row["complaints"], row["order_lines"])
            named = [(hour(e), e["category"]) for e in own if e["category"] and e["kind"] in CUSTOMER_KINDS]
            found[product] = row | {"category": max(named)[1] if named else ""}
    return found


def by_hour(events: Sequence[Event]) -> dict[tuple[datetime, str, str], dict[str, Any]]:
    """What `feedback_by_hour` must show."""
    of = _cases_by(
        events, lambda case: (case.opened_at.replace(minute=0, second=0, microsecond=0), case.subject[4], case.subject[3])
    )  # fmt: skip
    groups = grouped(events, lambda event: (hour(event), event["channel"], event["category"] or ""))
    return {key: figures(own) | case_figures(of[key]) | {"events": len(own)} for key, own in groups.items()}


def _cases_by(events: Iterable[Event], key: Callable[[Case], Any]) -> dict[Any, list[Case]]:
    found: dict[Any, list[Case]] = defaultdict(list)
    for case in cases(events).values():
        found[key(case)].append(case)
    return found


def complaints_by_day(events: Iterable[Event], orders: Iterable[Event]) -> dict[tuple[Any, str], dict[str, Any]]:
    """What `complaints_by_day` must show."""

    def days(counted: Iterable[Event]) -> Counter[Any]:
        return Counter((event["occurred_at"].date(), event["category"] or "") for event in counted)

    complaints = days(event for event in events if event["kind"] == "complained")
    placed = [event for event in orders if event["kind"] == "placed"]
    lines, first = days(placed), days(event for event in placed if event["line_no"] == 1)
    return {
        key: {
            "complaints": complaints[key],
            "orders": first[key],
            "order_lines": lines[key],
            "complaints_per_1000_orders": per_thousand(complaints[key], first[key]),
            "complaints_per_1000_order_lines": per_thousand(complaints[key], lines[key]),
        }
        for key in complaints | lines
    }


def _is_negative(event: Event) -> bool:
    rating, nps = event["rating"], event["nps"]
    low = (rating is not None and rating <= 2) or (nps is not None and nps <= 6)
    return (
        event["kind"] == "complained"
        or event["sentiment_label"] == "negative"
        or bool(event["kind"] == "rated" and low)
    )


def spikes(events: Iterable[Event]) -> dict[tuple[datetime, str], dict[str, Any]]:
    """What `feedback_spikes` must show, but for `is_spike`."""
    spoken = [event for event in events if event["kind"] in CUSTOMER_KINDS]
    negative = Counter((hour(event), event["channel"]) for event in spoken if _is_negative(event))
    first = {channel: min(map(hour, own)) for channel, own in grouped(spoken, lambda event: event["channel"]).items()}
    found = {}
    for (at, channel), count in negative.items():
        weeks = min(SPIKE_WEEKS, (at - first[channel]) // WEEK)
        before = sum(negative[at - n * WEEK, channel] for n in range(1, SPIKE_WEEKS + 1))
        baseline = round(before / weeks, 4) if weeks else None
        score = None if baseline is None else (count - baseline) / math.sqrt(baseline + 1)
        found[at, channel] = {"negative": count, "baseline_weeks": weeks, "baseline": baseline, "score": score}
    return found


def holds(found: Mapping[Any, Event], wanted: Mapping[Any, Event], where: str) -> None:
    """Hold rows of a view, by their key, against what they must show."""
    assert found.keys() == wanted.keys(), f"{where}: {sorted(found.keys() ^ wanted.keys(), key=str)[:3]}"
    for key, row in wanted.items():
        for name, value in row.items():
            shown = found[key][name]
            if value is None or shown is None or name not in ROUNDED:
                assert shown == value, f"{where} {key}: {name} is {shown}, not {value}"
            else:
                tolerance = ROUNDED[name]
                assert math.isclose(shown, value, rel_tol=1e-9, abs_tol=tolerance), (
                    f"{where} {key}: {name} is {shown}, not {value}"
                )


def utc(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose moments say that they are in UTC."""
    return {name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for name, value in row.items()}


def agrees(events: Sequence[Event], orders: Sequence[Event], rows: Rows, when: str = "") -> None:
    """Hold the serving views of feedback against the distinct valid events; `rows` gives the rows of a view."""

    def shown(view: str, *key: str) -> dict[Any, dict[str, Any]]:
        found = [utc(row) for row in rows(view)]
        keyed = {tuple(row[name] for name in key) if len(key) > 1 else row[key[0]]: row for row in found}
        assert len(keyed) == len(found), f"{view} {when}: keys are not unique"
        return keyed

    holds(shown("customer_feedback", "customer_id"), by_customer(events, orders), f"customer_feedback {when}")
    holds(shown("product_feedback", "product_id"), by_product(events, orders), f"product_feedback {when}")
    holds(shown("feedback_by_hour", "event_hour", "channel", "category"), by_hour(events), f"feedback_by_hour {when}")
    wanted = complaints_by_day(events, orders)
    holds(shown("complaints_by_day", "event_day", "category"), wanted, f"complaints_by_day {when}")
    waiting = {
        name: dict(zip(SUBJECT, case.subject, strict=True))
        | {
            name: getattr(case, name)
            for name in ("complained_at", "first_replied_at", "reopenings", "waiting_since", "is_answered")
        }
        for name, case in cases(events).items()
        if case.is_open_complaint
    }
    holds(shown("open_complaints", "feedback_id"), waiting, f"open_complaints {when}")
    found = shown("feedback_spikes", "event_hour", "channel")
    holds(found, spikes(events), f"feedback_spikes {when}")
    for key, row in found.items():
        usual = row["baseline_weeks"] >= SPIKE_WEEKS_LEAST and row["negative"] >= SPIKE_EVENTS
        assert row["is_spike"] == (usual and row["score"] >= SPIKE_SCORE), f"feedback_spikes {when}: {key}"
