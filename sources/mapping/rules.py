"""A mapping's `events` as functions: from a row's values to a valid event of a contract."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import fields
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

from crm.contracts import contracts
from sources.events import EVENT_TYPES, Event
from sources.mapping import conditions
from sources.mapping.agreement import constant, contract_of, fields_of
from sources.mapping.model import CountBy, EventRule, Mapping
from sources.mapping.templates import Reference, parse
from sources.mapping.values import Read, money, text_of
from sources.validity import Validity

Get = Callable[[Sequence[Any]], Any]
# A column, written as \0, beside another one or a digit.
TOUCHING = re.compile(r"\0[0-9\0]|[0-9]\0")


class Count:
    """The n-th event with the same values; `taken` counts the last one that was asked for, once its row is valid."""

    def __init__(self, get: Get) -> None:
        self._get, self._counts = get, Counter[Any]()

    def __call__(self, row: Sequence[Any]) -> int:
        return self._counts[self._get(row)] + 1

    def taken(self, row: Sequence[Any]) -> None:
        """Count an event of this row."""
        self._counts[self._get(row)] += 1


class Rule:
    """One of a mapping's events. `index` says where in a row each column's value is."""

    def __init__(
        self,
        rule: EventRule,
        mapping: Mapping,
        zone: ZoneInfo,
        currency: str,
        index: dict[str, int],
        reads: dict[str, Read],
    ) -> None:
        self.contract = contract_of(mapping, rule)
        self.holds = conditions.compiled(rule.where, index, reads)
        self.skips_repeated = rule.repeated == "skip"
        self._type: Callable[..., Event] = EVENT_TYPES[self.contract]
        self._reason_of = Validity(contracts()[self.contract]).reason_of
        here = mapping.model_copy(update={"time_zone": zone.key})
        given = ({"currency": currency} if currency else {}) | fields_of(mapping, rule)
        self.counts: list[Count] = []
        self._gets = [
            self._get(field.name, given.get(field.name), here, index) for field in fields(EVENT_TYPES[self.contract])
        ]
        self.is_unique = _is_unique(mapping, self.contract)

    def make(self, row: Sequence[Any]) -> Event:
        """The event of a row; raises ValueError, `field: why`, where the contract does not allow it."""
        event = self._type(*[get(row) for get in self._gets])
        if reason := self._reason_of(event):
            raise ValueError(reason)
        return event

    def _get(self, field: str, value: CountBy | str | None, mapping: Mapping, index: dict[str, int]) -> Get:
        if isinstance(value, CountBy):
            count = Count(itemgetter(*(index[name] for name in value.count_by)))
            self.counts.append(count)
            return count
        kind = contracts()[self.contract].column(field).logical_type
        parts = parse(value) if value is not None else []
        if not any(isinstance(part, Reference) for part in parts):
            fixed = None if value is None else constant(kind, "".join(map(str, parts)), mapping)
            return lambda row: fixed
        types = {name: column.type for name, column in mapping.columns.items()}
        if len(parts) == 1 and isinstance(parts[0], Reference):
            return _one(field, kind, types.get(parts[0].name, "string"), index[parts[0].name])
        return _joined(
            [part if isinstance(part, str) else (index[part.name], types.get(part.name, "")) for part in parts]
        )


def _is_unique(mapping: Mapping, contract: str) -> bool:
    """Whether no two events of a contract can have the same id, whatever stands in the files, so that none is to be remembered.

    So it is where a row makes one event, whose id says where the row stands and nothing else that could look like it. Signs
    that are no digits stand around line and element, or line 2 and element 12 would be line 21 and element 2.
    """
    ids = [
        str(fields_of(mapping, rule)["event_id"]) for rule in mapping.events if contract_of(mapping, rule) == contract
    ]
    one_a_row = len(ids) == 1 or (mapping.match == "first" and len(set(ids)) == 1)
    parts = parse(ids[0])
    names = sorted(part.name for part in parts if isinstance(part, Reference))
    place = ["element", "file", "line"] if mapping.file.each else ["file", "line"]
    told = [name for name in names if name != "checksum"] == place
    apart = not TOUCHING.search("".join("\0" if isinstance(part, Reference) else part for part in parts))
    # Files of several folders can have one name.
    return one_a_row and told and apart and "/" not in mapping.file.pattern


def _one(field: str, kind: str, have: str, at: int) -> Get:
    if kind == "number":

        def amount(row: Sequence[Any]) -> Any:
            try:
                return None if row[at] is None else money(row[at])
            except ValueError as error:
                raise ValueError(f"{field}: {error}") from None

        return amount
    if kind == "string" and (have not in ("string", "id") or at < 4):
        return lambda row: None if row[at] is None else text_of(row[at], have)
    return itemgetter(at)


def _joined(parts: list[str | tuple[int, str]]) -> Get:
    """A text with columns in it: None where one of them has no value, so that no id is made of nothing."""

    def text(row: Sequence[Any]) -> str | None:
        found = []
        for part in parts:
            if isinstance(part, str):
                found.append(part)
            elif (value := row[part[0]]) is None:
                return None
            else:
                found.append(value if type(value) is str else text_of(value, part[1]))
        return "".join(found)

    return text
