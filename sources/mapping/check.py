"""What a mapping makes of a file, without sending anything: the first rows as events, totals, and what is wrong."""

import re
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from sources.events import encoders, utc_text
from sources.files import Rejects, Row
from sources.mapping.source import Mapped
from sources.progress import Progress
from sources.summary import Totals

# How many rows are shown of each reason.
SHOWN = 3


@dataclass
class Reason:
    """Why rows cannot be loaded: how many, and the first of them as `file:line: reason`."""

    rows: int = 0
    first: list[str] = field(default_factory=list)


class Reasons(Rejects):
    """Rejects that are told instead of written; reasons that differ in values only are one."""

    def __init__(self) -> None:
        super().__init__(Path())
        self.reasons: dict[str, Reason] = {}

    def add(self, row: Row, reason: str) -> None:
        """Count a row that cannot be loaded."""
        self.count += 1
        kind = self.reasons.setdefault(re.sub(r"'(?:[^'\\]|\\.)*'|\"[^\"]*\"|\d+", "…", reason), Reason())
        kind.rows += 1
        if len(kind.first) < SHOWN:
            kind.first.append(f"{row.file}:{row.line}: {reason}")


def check(
    mapped: Mapped,
    place: Path,
    *,
    zone: ZoneInfo,
    show: int = 5,
    limit: int | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Any]:
    """Read a file, or its first `limit` rows that are meant, and say what would be loaded: see docs/mappings.md."""
    reasons, totals = Reasons(), Totals()
    examples: list[dict[str, Any]] = []
    encode = encoders()
    span: list[int] = []
    read = events = 0
    rows = mapped.rows(place, zone, reasons)
    for path, record, found in islice(rows, limit):
        read += 1
        if read % 5_000 == 0:
            progress("reading", read, 0)
        for event in found:
            totals.add(event)
            span = (
                [min(span[0], event.occurred_at), max(span[1], event.occurred_at)] if span else [event.occurred_at] * 2
            )
        events += len(found)
        if len(examples) < show:
            made = [{"contract": event.CONTRACT} | orjson.loads(encode[type(event)](event)[1]) for event in found]
            examples.append({"file": path.name, "line": record.line, "events": made})
    return {
        "mapping": str(mapped.document.file),
        "rows": read,
        "events": events,
        "rejected_rows": reasons.count,
        "reasons": [
            {"rows": reason.rows, "first": reason.first}
            for reason in sorted(reasons.reasons.values(), key=lambda reason: -reason.rows)
        ],
        "first_occurred_at": utc_text(span[0]) if span else None,
        "last_occurred_at": utc_text(span[1]) if span else None,
        "totals": totals.rows(),
        "notes": dict(reasons.notes),
        "examples": examples,
    }
