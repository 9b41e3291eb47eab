"""Files as records: encodings, line ends, CSV, fixed width and JSON lines, one record at a time.

Python's own csv module reads the CSV: it knows any encoding and where a record begins. docs/mappings.md says why no faster one.
"""

import csv
import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from crm.errors import CrmError
from sources.files import Rejects, Row
from sources.mapping.form import FileForm
from sources.mapping.pointers import resolve
from sources.mapping.unreadable import UNREADABLE, Unreadable

LINE_ENDS = {"any": "", "lf": "\n", "crlf": "\r\n", "cr": "\r"}
# Breaks that end no line, while csv reads it: outside quotes it refuses them. No file has these halves of characters.
HIDDEN = str.maketrans("\r\n", "\ud80d\ud80a")
SHOWN = str.maketrans("\ud80d\ud80a", "\r\n")
# More digits than every double keeps. orjson makes doubles of whole numbers from 2 ** 64 on as well, so that ids would merge.
LONG = re.compile(r"[0-9][0-9.]{15}")


class Record(NamedTuple):
    """One record: the line where it begins, its element's number (0: no `each`), its values, and it as a whole."""

    line: int
    element: int
    values: Any
    all: Sequence[str]


def records(
    path: Path, form: FileForm, rejects: Rejects, header: Callable[[Sequence[str] | None], None]
) -> Iterator[Record]:
    """The records of a file. `header` is told the names in its header, None where it has none, before the first record.

    What cannot be read goes to `rejects`. Raises CrmError where the file is missing or has no header.
    """
    unreadable = Unreadable(form.encoding)
    try:
        handle = path.open(encoding=form.encoding, errors=UNREADABLE, newline=LINE_ENDS[form.line_ends])
    except OSError as error:
        raise CrmError(f"{path}: {error.strerror}") from error
    with handle:
        lines = _lines(handle)
        for _ in range(form.skip_lines):
            next(lines, None)
        read = {"csv": _csv, "fixed": _fixed, "jsonl": _jsonl}[form.format]
        for record in read(path, lines, form, rejects, header):
            if unreadable.seen and (why := unreadable.reason(record.all)):
                rejects.add(row(path, record), why)
                continue
            yield record


def row(path: Path, record: Record) -> Row:
    """A record as the file of rejects shows it."""
    return Row(path.name, record.line, (), list(record.all))


def _lines(handle: TextIOWrapper) -> Iterator[str]:
    first = next(handle, None)
    # utf-16 takes its mark away itself, the others do not
    return chain([first.removeprefix("\ufeff")], handle) if first is not None else iter(())


def _csv(path: Path, lines: Iterator[str], form: FileForm, rejects: Rejects, header: Any) -> Iterator[Record]:
    stated = form.line_ends != "any"
    reader = csv.reader(
        _hidden(lines) if stated else lines,
        delimiter=form.separator,
        quotechar=form.quote or None,
        quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
        escapechar=form.escape or None,
        doublequote=not form.escape,
        # otherwise a quote that is never closed silently swallows the rest of the file into one field
        strict=True,
    )
    width, begins = 0, 1 + form.skip_lines
    if form.header:
        try:
            names = [name.translate(SHOWN).strip() for name in next(reader)]
        except StopIteration:
            raise CrmError(f"{path}: no line {begins}, which must name the columns (or say header: false)") from None
        except csv.Error as error:
            raise CrmError(f"{path}: line {begins} cannot be read as a CSV header: {error}") from error
        if not names:
            raise CrmError(
                f"{path}: line {begins} is blank and must name the columns: say skip_lines, or header: false"
            )
        width = len(names)
    header(names if form.header else None)
    while True:
        line = reader.line_num + begins
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            last = reader.line_num + form.skip_lines
            rejects.add(Row(path.name, line, (), []), f"no CSV: {error}; lines {line} to {last} are not loaded")
            continue
        if not values:
            continue
        if stated:
            values = [value if value.isascii() else value.translate(SHOWN) for value in values]
        if len(values) != (width := width or len(values)):
            other = "the header" if form.header else "the first record"
            rejects.add(Row(path.name, line, (), values), f"{len(values)} fields, {other} has {width}")
            continue
        yield Record(line, 0, values, values)


def _hidden(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        text = line.rstrip("\r\n")
        yield text.translate(HIDDEN) + line[len(text) :] if "\r" in text or "\n" in text else line


def _fixed(path: Path, lines: Iterator[str], form: FileForm, rejects: Rejects, header: Any) -> Iterator[Record]:
    header(None)
    for line, text in enumerate(lines, 1 + form.skip_lines):
        if record := text.rstrip("\r\n"):
            yield Record(line, 0, record, (record,))


def _jsonl(path: Path, lines: Iterator[str], form: FileForm, rejects: Rejects, header: Any) -> Iterator[Record]:
    header(None)
    for line, text in enumerate(lines, 1 + form.skip_lines):
        if not (record := text.strip()):
            continue
        try:
            value = _json(record)
        except ValueError as error:
            rejects.add(Row(path.name, line, (), [record]), f"no JSON: {error}")
            continue
        if not isinstance(value, dict):
            what = (
                "a list: put each element on a line of its own (jq -c '.[]')" if isinstance(value, list) else "a value"
            )
            rejects.add(Row(path.name, line, (), [record]), f"no JSON object but {what}")
            continue
        if not form.each:
            yield Record(line, 0, (value, None), (record,))
            continue
        elements = resolve(value, form.each)
        if elements is None:
            # Of some objects it may be right that they have none; of all, the pointer is wrong.
            rejects.notes[f"objects without the list {form.each}"] += 1
            continue
        if not isinstance(elements, list):
            rejects.add(Row(path.name, line, (), [record]), f"{form.each}: no list")
            continue
        for number, element in enumerate(elements, 1):
            yield Record(line, number, (value, element), (record,))


def _json(text: str) -> Any:
    if not LONG.search(text):
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            pass  # NaN, which Python and Pandas write
    try:
        value = json.loads(text, parse_float=_float)
        # half a character, as "\ud83d" is, is no text
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return value


def _float(text: str) -> float | str:
    """A number with a point or an exponent; as its text where a double has other digits."""
    value = float(text)
    try:
        return value if Decimal(repr(value)) == Decimal(text) else text
    except InvalidOperation:  # an exponent of twenty digits
        return value
