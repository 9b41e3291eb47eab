"""What a load tells when it ends."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sources.events import moment, utc_text
from sources.files import Rejects
from sources.ledger import LoadState


@dataclass
class Summary:
    """What a load did. `totals` are events and amounts by kind and currency, of the whole load, not of this run."""

    load_id: str
    source: str
    location: str
    state: str
    events: int
    produced: int
    resumed_from: int
    rejected_rows: int
    rejects_file: str | None
    started_at: str
    updated_at: str
    seconds: float = 0.0
    first_occurred_at: str | None = None
    last_occurred_at: str | None = None
    totals: list[dict[str, Any]] = field(default_factory=list)
    notes: dict[str, int] = field(default_factory=dict)


def summarise(state: LoadState, rejects: Rejects, *, produced: int, resumed_from: int) -> Summary:
    """The summary of a load in a state, without what only its events tell."""
    return Summary(
        load_id=state.load_id,
        source=state.source,
        location=state.location,
        state=state.state,
        events=state.events,
        produced=produced,
        resumed_from=resumed_from,
        rejected_rows=state.rejected_rows,
        rejects_file=str(rejects.path) if state.rejected_rows else None,
        started_at=utc_text(moment(state.started_at)),
        updated_at=utc_text(moment(state.updated_at)),
        notes=dict(rejects.notes),
    )


def totals(events: Sequence[Any]) -> list[dict[str, Any]]:
    """Number and amount of events by contract, kind and currency, for those that have them."""
    counts: Counter[tuple[str, str, str]] = Counter()
    amounts: dict[tuple[str, str, str], Decimal] = {}
    for event in events:
        key = (event.CONTRACT, getattr(event, "kind", ""), getattr(event, "currency", ""))
        counts[key] += 1
        amounts[key] = amounts.get(key, Decimal(0)) + getattr(event, "amount", 0)
    return [
        {"contract": key[0], "kind": key[1], "currency": key[2], "events": counts[key], "amount": f"{amounts[key]:f}"}
        for key in sorted(counts)
    ]
