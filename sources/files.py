"""CSV files as they come: encodings, missing columns, broken rows; and the file of rows that could not be loaded."""

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self, TextIO

from crm.errors import CrmError


class Row(NamedTuple):
    """One record of a file: where it begins (the header is line 1), the wanted columns, and all that was read."""

    file: str
    line: int
    values: tuple[str, ...]
    all: list[str]


class Rejects:
    """The rows that could not be loaded, in a CSV file (file, line, reason, row) that is made with the first of them.

    `notes` counts what was mended on the way: worth knowing, but nothing was lost.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self.notes: Counter[str] = Counter()
        self._handle: TextIO | None = None
        self._writer: Any = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle:
            self._handle.close()

    def add(self, row: Row, reason: str) -> None:
        """Record that `row` was not loaded, and why."""
        if self._handle is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = self.path.open("w", encoding="utf-8", newline="", errors="backslashreplace")
            self._writer = csv.writer(self._handle)
            self._writer.writerow(["file", "line", "reason", "row"])
        text = ",".join(row.all)
        self._writer.writerow([row.file, row.line, reason, text])
        self.count += 1


class _Lines:
    """The lines of a file as text: UTF-8, or Windows-1252 for a line that is not UTF-8.

    Line by line, since one stray byte must not change how the rest of a file is read. A byte that neither encoding
    knows becomes a lone surrogate, which `_unreadable` finds.
    """

    def __init__(self, path: Path, rejects: Rejects) -> None:
        self._path = path
        self._rejects = rejects
        self.other = False

    def __iter__(self) -> Iterator[str]:
        with self._path.open("rb") as handle:
            for number, line in enumerate(handle):
                text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
                try:
                    yield text.decode("utf-8")
                except UnicodeDecodeError:
                    self.other = True
                    self._rejects.notes[f"{self._path.name}: lines that are not UTF-8, read as Windows-1252"] += 1
                    yield text.decode("cp1252", errors="surrogateescape")


def rows(path: Path, columns: Sequence[str], rejects: Rejects) -> Iterator[Row]:
    """The records of a CSV file with a header, with the values of `columns`; blank lines are skipped.

    A record that is no CSV or has another number of fields than the header goes to `rejects`. Raises CrmError, naming
    file and column, where the file or one of `columns` is missing, or a column is there twice.
    """
    lines = _Lines(path, rejects)
    # strict: otherwise a quote that is never closed silently swallows the rest of the file into one field.
    reader = csv.reader(iter(lines), strict=True)
    try:
        header = [name.strip() for name in next(reader)]
    except FileNotFoundError:
        raise CrmError(f"{path}: no such file; it is one of those that this source consists of") from None
    except StopIteration:
        raise CrmError(f"{path}: empty; line 1 must name the columns {', '.join(columns)}") from None
    except (csv.Error, OSError) as error:
        raise CrmError(f"{path}: line 1: cannot be read as a CSV header: {error}") from error
    if missing := [name for name in columns if name not in header]:
        raise CrmError(f"{path}: line 1: column {', '.join(missing)} is missing; the header has {', '.join(header)}")
    if twice := [name for name in columns if header.count(name) > 1]:
        raise CrmError(
            f"{path}: line 1: column {', '.join(twice)} is there more than once; leave the one that is meant"
        )
    indexes = [header.index(name) for name in columns]
    pick = itemgetter(*indexes) if len(indexes) > 1 else lambda record: (record[indexes[0]],)
    while True:
        line, lines.other = reader.line_num + 1, False
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            rejects.add(
                Row(path.name, line, (), []), f"no CSV: {error}; lines {line} to {reader.line_num} are not loaded"
            )
            continue
        if not record:
            continue
        if len(record) != len(header):
            rejects.add(Row(path.name, line, (), record), f"{len(record)} fields, the header has {len(header)}")
            continue
        row = Row(path.name, line, pick(record), record)
        if lines.other and _unreadable(record):
            rejects.add(row, "neither UTF-8 nor Windows-1252")
            continue
        yield row


def _unreadable(record: list[str]) -> bool:
    try:
        "".join(record).encode()
    except UnicodeEncodeError:
        return True
    return False
