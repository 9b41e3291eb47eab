"""What a load tells when it ends."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
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


def nothing(place: Path, rejects: Rejects) -> str:
    """What to say of files of which not one event is made: success would hide that they are the wrong ones."""
    found = [f"{note}: {count}" for note, count in rejects.notes.items()]
    if rejects.count:
        found.append(f"{rejects.count} rows could not be loaded: {rejects.path}")
    return f"{place}: no event is made of it, so nothing was sent. {'; '.join(found) or 'It has no rows'}."


class Totals:
    """Number and amount of events by contract, kind and currency, for those that have them."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._amounts: dict[tuple[str, str, str], Decimal] = {}

    def add(self, event: Any) -> None:
        """Count an event of any contract."""
        key = (event.CONTRACT, getattr(event, "kind", ""), getattr(event, "currency", ""))
        self._counts[key] += 1
        self._amounts[key] = self._amounts.get(key, Decimal(0)) + getattr(event, "amount", 0)

    def rows(self) -> list[dict[str, Any]]:
        """One row for each contract, kind and currency; amounts as text, so that no digit is lost."""
        return [
            {
                "contract": key[0],
                "kind": key[1],
                "currency": key[2],
                "events": count,
                "amount": f"{self._amounts[key]:f}",
            }
            for key, count in sorted(self._counts.items())
        ]


def totals(events: Iterable[Any]) -> list[dict[str, Any]]:
    """The totals of events."""
    found = Totals()
    for event in events:
        found.add(event)
    return found.rows()
