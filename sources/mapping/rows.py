"""A whole mapping as a function: from a record to the events of its row, all of them or none."""

import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sources.events import Event
from sources.mapping import columns, conditions
from sources.mapping.agreement import fields_of
from sources.mapping.document import Document, MappingError
from sources.mapping.model import BUILT_IN, Mapping
from sources.mapping.records import Record
from sources.mapping.rules import Rule
from sources.mapping.templates import references

# Enough for the lines of any file; above it, the file's number.
LINES = 1 << 40
# A column: where its value is in a row, its name, and what reads it.
Step = tuple[int, str, Callable[[Any], Any]]


class Rows:
    """Makes events of records; `file` says which file the records are of, before the first of them.

    It remembers 100 bytes or so for each event whose id is not made of file and line, so as to find one that occurs twice.
    """

    def __init__(
        self, document: Document, mapping: Mapping, zone: ZoneInfo, currency: str, notes: Counter[str]
    ) -> None:
        self._document, self._mapping, self._zone, self._notes = document, mapping, zone, notes
        names = [*BUILT_IN, *mapping.columns]
        self._index = {name: at for at, name in enumerate(names)}
        reads = {name: columns.read_text(column, mapping, zone) for name, column in mapping.columns.items()}
        self._holds = conditions.compiled(mapping.where, self._index, reads)
        self._rules = [Rule(rule, mapping, zone, currency, self._index, reads) for rule in mapping.events]
        texts = [text for rule in mapping.events for text in fields_of(mapping, rule).values() if isinstance(text, str)]
        self._sums = any("checksum" in references(text) for text in texts)
        self._first_only = mapping.match == "first"
        self._files: list[str] = []
        self._seen: dict[int, int] = {}

    def file(self, name: str, header: Sequence[str] | None) -> None:
        """The next records are of this file, whose header has these names; raises MappingError where a column is missing."""
        self._files.append(name)
        mapping = self._mapping
        reads, products = [], []
        for column_name, column in mapping.columns.items():
            at = self._index[column_name]
            if column.product:
                products.append((at, column_name, columns.product(column, self._index)))
                continue
            try:
                reads.append((at, column_name, columns.compiled(column_name, column, mapping, self._zone, header)))
            except columns.AbsentError as error:
                raise MappingError(self._document.error(("columns", column_name), f"{name}: {error}")) from None
        # What `where` needs first, so that a row that is not meant need not be readable.
        asked = set(mapping.where)
        asked |= {item for asking in mapping.where for item in mapping.columns[asking].product}
        self._before = [read for read in reads if read[1] in asked], [each for each in products if each[1] in asked]
        self._after = (
            [read for read in reads if read[1] not in asked],
            [each for each in products if each[1] not in asked],
        )

    def __call__(self, record: Record) -> list[Event] | None:
        """The events of a record, None where the mapping's `where` leaves it out; raises ValueError, `column or field: why`."""
        row: list[Any] = [None] * len(self._index)
        row[:4] = [self._files[-1], record.line, None, record.element]
        if self._holds:
            self._fill(row, record, *self._before)
            if not self._holds(row):
                return None
        self._fill(row, record, *self._after)
        if self._sums:
            row[2] = f"{zlib.crc32(chr(31).join(record.all).encode()):08x}"
        events: list[Event] = []
        added: list[int] = []
        counted: list[Rule] = []
        try:
            for rule in self._rules:
                if rule.holds and not rule.holds(row):
                    continue
                event = rule.make(row)
                if rule.is_unique or self._is_new(rule, event, record.line, added):
                    events.append(event)
                    if rule.counts:
                        counted.append(rule)
                if self._first_only:
                    break
        except ValueError:
            for key in added:
                del self._seen[key]
            raise
        for rule in counted:
            for count in rule.counts:
                count.taken(row)
        return events

    def _fill(self, row: list[Any], record: Record, reads: list[Step], products: list[Step]) -> None:
        values, column = record.values, ""
        try:
            for at, name, read in reads:
                column = name
                row[at] = read(values)
            for at, name, product in products:
                column = name
                row[at] = product(row)
        except ValueError as error:
            raise ValueError(f"{column}: {error}") from None

    def _is_new(self, rule: Rule, event: Event, line: int, added: list[int]) -> bool:
        """Whether no event of this id has been made; raises ValueError where a repeated one rejects its row."""
        # By hash: of ten million events, two would have the same once in 400,000 loads.
        key = hash((rule.contract, event.event_id))
        first = self._seen.get(key)
        if first is None:
            self._seen[key] = (len(self._files) - 1) * LINES + line
            added.append(key)
            return True
        if rule.skips_repeated:
            self._notes["events whose event_id had occurred, left out (repeated: skip)"] += 1
            return False
        file, line = divmod(first, LINES)
        raise ValueError(f"event_id: {self._files[file]} line {line} has the same: {event.event_id}")
