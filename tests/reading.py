"""What a source of files gives, all at once."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sources import loads
from sources.files import Rejects
from sources.source import Source


def read(source: Source, place: Path, zone: ZoneInfo, rejects: Rejects, currency: str = "") -> list[Any]:
    """The valid events by time."""
    with loads.read(source, place, zone, rejects, currency) as events:
        return list(events)
