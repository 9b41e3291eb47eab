"""Whether an event obeys its contract, before it is sent."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.contracts import Column, Contract
from crm.rules import KIND, kinds
from sources.events import moment

Check = Callable[[Any], str]
TYPES: dict[str, type] = {"string": str, "integer": int, "number": Decimal, "date": date, "timestamp": int}


def column_check(column: Column) -> Check:
    """The rule of one column: what is wrong with a typed value, empty for a valid one."""
    expected = TYPES[column.logical_type]
    bounds = (column.minimum, column.maximum)
    shortest, longest = column.min_length or 0, column.max_length
    allowed, pattern = frozenset(column.allowed), re.compile(column.pattern) if column.pattern else None
    low: Any
    high: Any
    low, high = (moment(bound) if isinstance(bound, datetime) else bound for bound in bounds)
    scale = column.scale

    def check(value: Any) -> str:  # one return for each rule of a column
        if value is None:
            return "missing" if column.required else ""
        if type(value) is not expected:
            return f"{value!r} is no {column.logical_type}"
        if isinstance(value, str):
            if len(value) < shortest or (longest is not None and len(value) > longest):
                return f"{len(value)} characters, allowed are {shortest} to {longest}"
            if allowed and value not in allowed:
                return f"{value!r} is none of {', '.join(sorted(allowed))}"
            if pattern and not pattern.fullmatch(value):
                return f"{value!r} is not like {column.pattern}"
            return ""
        if (low is not None and value < low) or (high is not None and value > high):
            return f"{value} is not between {low} and {high}"
        if isinstance(value, Decimal) and -int(value.as_tuple().exponent) > scale:
            return f"{value} has more than {scale} decimal places"
        return ""

    return check


class Validity:
    """The rule of one contract, for typed values: str, int, Decimal, date, and moments in milliseconds since 1970."""

    def __init__(self, contract: Contract) -> None:
        def checks(kind: str) -> list[tuple[str, Check]]:
            return [(column.name, column_check(column.of_kind(kind))) for column in contract.columns]

        self._general, self._of_kind = checks(""), {kind: checks(kind) for kind in kinds(contract)}

    def reason(self, event: Mapping[str, Any]) -> str:
        """Empty for a valid event, else `field: what is wrong` for the first field that is."""
        for name, check in self._of_kind.get(event.get(KIND, ""), self._general):
            if why := check(event.get(name)):
                return f"{name}: {why}"
        return ""

    def reason_of(self, event: object) -> str:
        """The same for an event whose fields are attributes."""
        for name, check in self._of_kind.get(getattr(event, KIND, ""), self._general):
            if why := check(getattr(event, name)):
                return f"{name}: {why}"
        return ""
