"""Figures as people read them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

NONE = "-"


def count(value: int | None) -> str:
    """A whole number, thousands grouped."""
    return NONE if value is None else f"{value:,}"


def money(value: Decimal | None) -> str:
    """An amount, exact, thousands grouped. Its currency stands in the label beside it."""
    return NONE if value is None else f"{value:,.2f}"


def share(value: float | None) -> str:
    """A share from 0 to 1 as percent."""
    return NONE if value is None else f"{100 * value:.1f} %"


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many decimals."""
    return NONE if value is None else f"{value:,.{digits}f}"


def duration(seconds: float | None) -> str:
    """Seconds in the two largest units that fit: `3 d 4 h`, `12 min 5 s`."""
    if seconds is None:
        return NONE
    parts: list[str] = []
    left = round(seconds)
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        whole, left = divmod(left, size)
        if whole or (unit == "s" and not parts):
            parts.append(f"{whole:,} {unit}")
        elif parts:
            break
    return " ".join(parts[:2])


def moment(value: datetime | None) -> str:
    """A moment to the second, UTC."""
    return NONE if value is None else f"{value:%Y-%m-%d %H:%M:%S}"


def minute(value: datetime | None) -> str:
    """A moment to the minute, UTC."""
    return NONE if value is None else f"{value:%Y-%m-%d %H:%M}"


def change(now: Any, before: Any) -> str | None:
    """How much a figure grew, in percent, signed; None where one of both is not known, or the earlier one is not above 0."""
    if now is None or not before or before <= 0:
        return None
    return f"{100 * (float(now) / float(before) - 1):+.1f} %"


def listed(values: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(values[:-1]), values[-1]))) if values else ""
