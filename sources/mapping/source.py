"""A mapping as a source of `sources.loads`, with all that loads have: records of what was done, resuming, rejects, totals."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from crm.errors import CrmError, UsageError
from sources.events import Event
from sources.files import Rejects, Row
from sources.mapping import agreement, document
from sources.mapping.document import Document
from sources.mapping.model import Mapping
from sources.mapping.records import Record, records, row
from sources.mapping.rows import Rows
from sources.source import Source


@dataclass(frozen=True)
class Mapped:
    """A mapping that agrees with itself and its contracts."""

    document: Document
    mapping: Mapping

    def files(self, place: Path) -> list[Path]:
        """The file itself, or those of a folder that are meant, by name; raises CrmError where there are none."""
        pattern = self.mapping.file.pattern or ("*.jsonl" if self.mapping.file.format == "jsonl" else "*.csv")
        found = [place] if place.is_file() else sorted(place.glob(pattern), key=lambda file: file.name)
        if not found:
            raise CrmError(
                f"{place}: no {pattern} files here; file.pattern of {self.document.file} says which are meant"
            )
        return found

    def rows(
        self, place: Path, zone: ZoneInfo, rejects: Rejects, currency: str = ""
    ) -> Iterator[tuple[Path, Record, list[Event]]]:
        """Each row that is meant with its valid events, in the order of files and lines; the others go to `rejects`."""
        make = Rows(self.document, self.mapping, zone, currency or self.mapping.currency, rejects.notes)
        for path in self.files(place):
            for record in records(path, self.mapping.file, rejects, partial(make.file, path.name)):
                try:
                    events = make(record)
                except ValueError as error:
                    rejects.add(row(path, record), str(error))
                    continue
                if events is None:
                    rejects.notes["rows left out by where"] += 1
                    continue
                if not events:
                    rejects.notes["rows of which no event is made"] += 1
                yield path, record, events

    def events(
        self, place: Path, zone: ZoneInfo, rejects: Rejects, *, currency: str = ""
    ) -> Iterator[tuple[Row, Event]]:
        """Each event, with its row."""
        for path, record, events in self.rows(place, zone, rejects, currency):
            origin = row(path, record)
            for event in events:
                yield origin, event


def read(file: Path, *formats: str) -> Mapped:
    """The mapping of a YAML file, for one of `formats` (any where none is given); raises MappingError."""
    found, mapping = document.read(file)
    agreement.require(found, mapping)
    if formats and mapping.file.format not in formats:
        command = "jsonl" if mapping.file.format == "jsonl" else "csv"
        raise UsageError(
            f"{file}: file.format is {mapping.file.format}: use `crm load {command}`, or correct file.format"
        )
    return Mapped(found, mapping)


def source(mapped: Mapped, name: str = "", version: str | None = None) -> Source:
    """What `sources.loads` loads, as `name` (the mapping's where not given).

    `version` is the mapping's text where not given, so that a changed mapping makes another load: it may make other events.
    """
    mapping = mapped.mapping
    text = hashlib.sha256(mapped.document.text.encode()).hexdigest()
    return Source(
        name or mapping.name,
        mapping.time_zone,
        mapped.files,
        mapped.events,
        currency=mapping.currency,
        takes_file=True,
        checks=True,
        version=text if version is None else version,
    )
