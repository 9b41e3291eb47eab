"""From a text in a file to a value of a type: str, int, Decimal, date, or milliseconds since 1970 UTC for a timestamp.

Every reader raises ValueError with what is wrong; who calls it says of which column.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sources.events import LARGEST_AMOUNT, cents, utc_text
from sources.mapping import times
from sources.mapping.model import Column, Mapping

Read = Callable[[str], Any]
FLOAT_ID = re.compile(r"(-?\d+)\.0+")
SCIENTIFIC = re.compile(r"-?\d(\.\d+)?[eE][+-]?\d+")
SPACES = " \u00a0\u202f\u2009"


def reader(column: Column, mapping: Mapping, zone: ZoneInfo) -> Read:
    """What reads a text as the column's type."""
    match column.type:
        case "string":
            return str
        case "id":
            return identifier
        case "number":
            return _number(column, mapping)
        case "integer":
            return _integer(_number(column, mapping))
        case "date":
            return times.days(column.formats)
        case "timestamp":
            own = ZoneInfo(column.time_zone) if column.time_zone else zone
            return times.moments(column.formats, own, mapping.clock_changes)


def identifier(text: str) -> str:
    """An id; one that was written as a float loses the `.0`."""
    if found := FLOAT_ID.fullmatch(text):
        return found[1]
    if SCIENTIFIC.fullmatch(text):
        raise ValueError(f"{text!r} has lost digits of an id: export the column as text")
    return text


def signs(column: Column, mapping: Mapping) -> tuple[str, str]:
    """The decimal sign of a column, and the one between thousands."""
    decimal = mapping.decimal if column.decimal is None else column.decimal
    return decimal, mapping.thousands if column.thousands is None else column.thousands


def _number(column: Column, mapping: Mapping) -> Callable[[str], Decimal]:
    decimal, thousands = signs(column, mapping)
    spaces = thousands != "" and thousands in SPACES
    group = f"[{SPACES}]" if spaces else re.escape(thousands)
    # groups of three, or `12.50` would be 1250 where `.` stands between thousands
    grouped = rf"\d{{1,3}}(?:{group}\d{{3}})+|" if thousands else ""
    point = re.escape(decimal)
    form = re.compile(rf"[+-]?(?={point}?\d)(?:{grouped}\d+)?(?:{point}\d+)?(?:[eE][+-]?\d{{1,3}})?", re.ASCII)
    drop = str.maketrans(dict.fromkeys(SPACES if spaces else thousands) | {decimal: "."})
    plain = not thousands and decimal == "."
    step = None if column.round is None else Decimal(1).scaleb(-column.round)

    def read(text: str) -> Decimal:
        sign = ""
        if text[:1] == "(" and text[-1:] == ")":  # as accountants write what is negative
            sign, text = "-", text[1:-1].strip()
        elif text[-1:] == "-":  # as SAP does
            sign, text = "-", text[:-1].strip()
        try:
            if not form.fullmatch(text) or (sign and text[0] in "+-"):
                raise InvalidOperation
            value = Decimal(sign + (text if plain else text.translate(drop)))
        except InvalidOperation:  # also of a mapping whose signs are odd, such as a decimal sign `e`
            raise ValueError(f"not a number like {_like(decimal, thousands)}: {text!r}") from None
        return value if step is None else rounded(value, step)

    return read


def _like(decimal: str, thousands: str) -> str:
    return f"1{thousands}234{decimal}50"


def rounded(value: Decimal, step: Decimal) -> Decimal:
    """`value` rounded to a multiple of `step`, a half to even."""
    if value.copy_abs() >= LARGEST_AMOUNT:
        raise ValueError(f"too large: {value}")
    return value.quantize(step, ROUND_HALF_EVEN)


def _integer(number: Callable[[str], Decimal]) -> Callable[[str], int]:
    def read(text: str) -> int:
        return whole(number(text))

    return read


def whole(value: Decimal | int) -> int:
    """A number that has no fraction as an integer."""
    if value != (found := int(value)):
        raise ValueError(f"not a whole number: {value}")
    return found


def money(value: Decimal | int) -> Decimal:
    """A number as the contracts have amounts, with two places; raises ValueError where that would round it."""
    exact = cents(Decimal(value))
    if exact != value:
        raise ValueError(f"{value} has more than two decimal places (`round: 2` rounds them)")
    return exact


def text_of(value: Any, kind: str) -> str:
    """A value within a text: a day as 2013-01-31, a moment in UTC, a number without an exponent."""
    match kind:
        case "timestamp":
            try:
                return utc_text(value)
            except OverflowError:  # the first or last day that a date can be, moved into the next year by its zone
                raise ValueError("no time in the years 1 to 9999 of UTC") from None
        case "date":
            return value.isoformat() if isinstance(value, date) else str(value)
        case "number":
            return f"{value:f}"
    return str(value)
