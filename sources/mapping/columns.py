"""A mapping's columns as functions: from a record to the value of each column."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import lru_cache, reduce
from operator import mul
from typing import Any
from zoneinfo import ZoneInfo

from sources.mapping import values
from sources.mapping.model import Column, Mapping
from sources.mapping.pointers import reader as pointed

# From a record's values (sources.mapping.records) to a text, None where there is none.
Pick = Callable[[Any], str | None]
Read = Callable[[Any], Any]
# Texts that come again, such as days and codes, are read once.
CACHED_TEXTS = 1 << 16


class AbsentError(LookupError):
    """A column that the file does not have."""


def pick(name: str, column: Column, mapping: Mapping, header: Sequence[str] | None) -> Pick:
    """How a column's text is found in a record; raises AbsentError, with what to do, where the file does not have it."""
    form = mapping.file.format
    if form == "jsonl":
        picks = [_in_json(path, mapping.file.each) for path in column.from_ or (name,)]
    elif column.position:
        first, _, last = column.position.partition("-")
        begin, end = int(first) - 1, int(last or first)
        picks = [lambda text: text[begin:end]] if form == "fixed" else [_numbered(begin)]
    else:
        assert header is not None  # sources.mapping.agreement
        wanted = column.from_ or (name,)
        if missing := [each for each in wanted if each not in header]:
            raise AbsentError(f"{', '.join(missing)} is missing; the header has {', '.join(header)}")
        if twice := [each for each in wanted if header.count(each) > 1]:
            raise AbsentError(f"{', '.join(twice)} is there more than once; say its position")
        picks = [_field(header.index(each)) for each in wanted]
    return picks[0] if len(picks) == 1 else _first_filled(picks, nulls_of(column, mapping))


def _field(index: int) -> Pick:
    return lambda fields: fields[index]


def _numbered(index: int) -> Pick:
    def read(fields: Sequence[str]) -> str:
        try:
            return fields[index]
        except IndexError:
            raise ValueError(f"there is no column {index + 1}; the record has {len(fields)}") from None

    return read


def _in_json(path: str, each: str) -> Pick:
    find = pointed(path, each)

    def read(pair: Any) -> str | None:
        value = find(pair)
        if value is None or type(value) is str:
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, dict | list):
            kind = "an object" if isinstance(value, dict) else "a list"
            raise ValueError(
                f"{kind}, and no value; a path such as {path if path[0] == '/' else '/' + path}/0 leads into it"
            )
        return str(value)

    return read


def _first_filled(picks: Sequence[Pick], nulls: frozenset[str]) -> Pick:
    def read(record: Any) -> str | None:
        for each in picks:
            text = each(record)
            if text is not None and text.strip() not in nulls:
                return text
        return None

    return read


def nulls_of(column: Column, mapping: Mapping) -> frozenset[str]:
    """The texts that mean that a column has no value."""
    return frozenset(mapping.nulls if column.nulls is None else column.nulls)


def read_text(column: Column, mapping: Mapping, zone: ZoneInfo) -> values.Read:
    """From a column's text, trimmed and not null, to its value; raises ValueError."""
    typed = values.reader(column, mapping, zone)
    if not (column.extract or column.values):
        return typed
    search = re.compile(column.extract).search if column.extract else None
    meanings, otherwise, nulls = column.values, column.otherwise, nulls_of(column, mapping)

    def read(text: str) -> Any:
        if search:
            found = search(text)
            if not found or found[1] is None:
                raise ValueError(f"extract finds nothing in {text!r}")
            text = found[1]
        if meanings:
            meant = meanings.get(text, otherwise)
            if meant is None:
                raise ValueError(f"{text!r} is none of the values {', '.join(meanings)}; list it, or say otherwise")
            text = meant
        return None if text in nulls else typed(text)

    return read


def compiled(name: str, column: Column, mapping: Mapping, zone: ZoneInfo, header: Sequence[str] | None) -> Read:
    """From a record to the value of a column that is no product; raises AbsentError now, and ValueError for a record."""
    find, read, nulls, trim = (
        pick(name, column, mapping, header),
        read_text(column, mapping, zone),
        nulls_of(column, mapping),
        column.trim,
    )
    default = None if column.default is None else read(column.default)
    if column.type == "string" and not column.values and not column.extract:
        # what is read is the text itself
        def text_value(record: Any) -> Any:
            text = find(record)
            if text is None:
                return default
            if trim:
                text = text.strip()
            return default if text in nulls else text

        return text_value
    read = lru_cache(CACHED_TEXTS)(read)

    def value(record: Any) -> Any:
        text = find(record)
        if text is None:
            return default
        if trim:
            text = text.strip()
        return default if text in nulls or (found := read(text)) is None else found

    return value


def product(column: Column, index: dict[str, int]) -> Callable[[Sequence[Any]], Decimal | int | None]:
    """From a row's values to the product that a column is; None where a factor has no value."""
    constants = [Decimal(text) for text in column.product if text not in index]
    constant = reduce(mul, constants) if constants else 1
    factors = [index[text] for text in column.product if text in index]
    step = None if column.round is None else Decimal(1).scaleb(-column.round)
    is_whole = column.type == "integer"

    def value(row: Sequence[Any]) -> Decimal | int | None:
        result: Any = constant
        for at in factors:
            factor = row[at]
            if factor is None:
                return None
            try:
                result = factor * result
            except ArithmeticError:
                raise ValueError("too large") from None
        if is_whole:
            return values.whole(result)
        return Decimal(result) if step is None else values.rounded(Decimal(result), step)

    return value
