"""The cases of feedback in plain Python: what becomes of each, from its steps. The rules are those of docs/serving.md."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

Event = Mapping[str, Any]
CUSTOMER_KINDS = ("rated", "complained", "commented")
SUBJECT = ("customer_id", "order_id", "product_id", "category", "channel")


class Case(NamedTuple):
    """A feedback_id in which a customer has spoken. Moments are in UTC; seconds are None where there are none."""

    subject: tuple[str, ...]
    opened_at: datetime
    complained_at: datetime | None
    first_replied_at: datetime | None
    reopenings: int
    is_open_complaint: bool
    waiting_since: datetime | None
    is_answered: bool
    first_reply_seconds: float | None
    resolution_seconds: float | None


def cases(events: Iterable[Event]) -> dict[str, Case]:
    """Each case in which a customer has spoken, by its feedback_id."""
    steps: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        steps[event["feedback_id"]].append(event)
    return {name: _case(own) for name, own in steps.items() if any(event["kind"] in CUSTOMER_KINDS for event in own)}


def _case(steps: Sequence[Event]) -> Case:
    def moments(*kinds: str) -> list[datetime]:
        return [event["occurred_at"] for event in steps if event["kind"] in kinds]

    opened_at, *subject = min(
        (event["occurred_at"], *(event[name] or "" for name in SUBJECT)) for event in steps if event["kind"] in CUSTOMER_KINDS
    )  # fmt: skip
    complained, replied, resolved = moments("complained"), moments("replied"), moments("resolved")
    is_resolved = bool(resolved) and max(resolved) >= max(moments("complained", "reopened"), default=max(resolved))

    # Of a case that was resolved before: since the customer came back.
    pressed = moments("complained", "reopened")
    waiting_since = max(pressed) if resolved and pressed else min(complained, default=None)

    def seconds(end: datetime) -> float | None:
        return (end - opened_at).total_seconds() if end >= opened_at else None

    return Case(
        subject=tuple(subject),
        opened_at=opened_at,
        complained_at=min(complained, default=None),
        first_replied_at=min(replied, default=None),
        reopenings=len(moments("reopened")),
        is_open_complaint=bool(complained) and not is_resolved,
        waiting_since=waiting_since,
        is_answered=bool(replied) and waiting_since is not None and max(replied) >= waiting_since,
        first_reply_seconds=seconds(min(replied)) if replied else None,
        resolution_seconds=seconds(max(resolved)) if is_resolved else None,
    )


def case_figures(found: Iterable[Case]) -> dict[str, Any]:
    """Open complaints, and median and 90th percentile of the times of single cases."""
    found = list(found)
    row: dict[str, Any] = {"open_complaints": sum(case.is_open_complaint for case in found)}
    for name in ("first_reply", "resolution"):
        times = [seconds for case in found if (seconds := getattr(case, f"{name}_seconds")) is not None]
        row[f"median_{name}_seconds"] = statistics.median(times) if times else None
        tenths = statistics.quantiles(times, n=10, method="inclusive") if len(times) > 1 else times * 9
        row[f"p90_{name}_seconds"] = tenths[8] if times else None
    return row
