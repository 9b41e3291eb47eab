"""A producer of plausible events of any contract: seeded, so that the same seed makes the same bytes, and endless.

What a contract's own source would make is a matter of its scenario; here every column varies a little within its rule, so
that groups of a delta model get several events. Among them, as in life: events long past, absent values, duplicates (some with
other content, which must count nothing) and broken records.
"""

import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from crm.contracts import Column, Contract
from crm.rules import KIND, bounds, kinds

ABSENT, LATE, DUPLICATES, BROKEN = 0.15, 0.2, 0.1, 0.05  # shares
VARIETY = 4  # values of a text that is not enumerated; the first are the most frequent
REMEMBERED = 500  # events that a duplicate can repeat
START = datetime(2026, 1, 1, tzinfo=UTC)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

Record = tuple[bytes, bytes]


def _skewed(size: int, draw: random.Random) -> int:
    """A number below `size`, small ones more often."""
    return min(draw.randrange(size), draw.randrange(size))


def matching(pattern: str, draw: random.Random) -> str:
    """A text of a contract's pattern (`crm.rules.PATTERN`), as short as it allows."""
    made = ""
    for chosen, often, least in re.findall(r"(\[[^]]+\]|[A-Za-z0-9])([*+?]|\{(\d+)[^}]*\})?", pattern):
        letters = [letter for letter in map(chr, range(128)) if re.fullmatch(chosen, letter)]
        # Only the first letter varies, and little: groups get several events.
        first = letters[0] if made else letters[_skewed(min(VARIETY, len(letters)), draw)]
        made += first * (int(least) if least else int(often not in ("*", "?")))
    return made


def _string(column: Column, draw: random.Random) -> str:
    if column.allowed:
        return column.allowed[_skewed(len(column.allowed), draw)]
    if column.pattern:
        return matching(column.pattern, draw)
    # What distinguishes comes first: a code of two letters has room for nothing else.
    text = f"{LETTERS[_skewed(VARIETY, draw)]}X {column.name}\n„é“ 玩具 😀"
    return text[: column.max_length].ljust(column.min_length or 0, "X")


def _whole(column: Column, draw: random.Random, near: int) -> int:
    """An unscaled value within the column's bounds, if possible between -near and near."""
    low, high = bounds(column)
    least = min(max(low, -near), high)
    return draw.randint(least, max(least, min(high, near)))


def value(column: Column, draw: random.Random) -> Any:
    """A JSON value that the column's rule allows."""
    match column.logical_type:
        case "string":
            return _string(column, draw)
        case "integer":
            return _whole(column, draw, 2)
        case "number":
            unscaled = _whole(column, draw, 10**6)
            whole, places = divmod(abs(unscaled), 10**column.scale)
            return f"{'-' if unscaled < 0 else ''}{whole}.{places:0{column.scale}d}" if column.scale else str(unscaled)
        case "date":
            return (START + timedelta(days=30 * _skewed(VARIETY, draw))).date().isoformat()
        case "timestamp":
            past = draw.uniform(1, 360) if draw.random() < LATE else 0
            moment = START + timedelta(hours=2 * draw.random(), days=-past)
            return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    raise ValueError(f"{column.name}: no plausible {column.logical_type} is known here: add one")


def event(contract: Contract, draw: random.Random, event_id: str) -> dict[str, Any]:
    """A valid event. What is absent is null or left out."""
    made: dict[str, Any] = {}
    known = kinds(contract) or ("",)
    of = known[_skewed(len(known), draw)]
    for column in (column.of_kind(of) for column in contract.columns):
        if column.name == KIND:
            made[KIND] = of
        elif column.name == contract.key:
            made[column.name] = event_id
        elif column.required or draw.random() >= ABSENT:
            made[column.name] = value(column, draw)
        elif draw.random() < 0.5:
            made[column.name] = None
    return made


def key_of(contract: Contract, made: dict[str, Any]) -> bytes:
    """The record's key: the first column of the contract's partition key that is there."""
    return next(str(made[name]) for name in contract.partition_key if made.get(name) is not None).encode()


def encoded(made: dict[str, Any]) -> bytes:
    """The event as JSON."""
    return json.dumps(made, ensure_ascii=False).encode()


def _broken(contract: Contract, draw: random.Random, made: dict[str, Any]) -> bytes:
    column = draw.choice([column for column in contract.columns if column.required])
    match draw.randrange(5):
        case 0:
            return encoded(made)[:-1]
        case 1:
            return b"<event/>"
        case 2:
            return encoded(made | {column.name: [made[column.name]]})
        case 3:
            return encoded(made | {column.name: None})
        case _:
            return encoded({name: found for name, found in made.items() if name != column.name})


def records(contract: Contract, seed: int) -> Iterator[Record]:
    """Key and value of endless records; a duplicate has the key of its event."""
    draw, sent, number = random.Random(f"{contract.name} {seed}"), [], 0
    while True:
        number += 1
        made = event(contract, draw, f"{contract.name}-{seed}-{number}")
        kind = draw.random()
        if kind < BROKEN:
            yield key_of(contract, made), _broken(contract, draw, made)
        elif kind < BROKEN + DUPLICATES and sent:
            key, earlier = draw.choice(sent)
            again = made | {contract.key: earlier[contract.key]} if draw.random() < 0.5 else earlier
            yield key, encoded(again)
        else:
            sent = [*sent[-REMEMBERED:], (key_of(contract, made), made)]
            yield sent[-1][0], encoded(made)
