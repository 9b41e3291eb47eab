"""Events in the order of their time, in memory that does not grow with their number: sorted in parts, on disk, and merged."""

import pickle
import tempfile
from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import IO, Any, Self

# Events that are sorted at a time (70 MB or so), and that are read back at a time of each part.
PART, BLOCK = 100_000, 500

at = attrgetter("occurred_at")


class Ordered:
    """Events by time, and events of the same moment in the order in which they came; the first `limit` of them.

    Can be gone through again and again, by one at a time. Beyond `part` events they are in a file in `folder` (the system's
    where not given), without a name, so that whatever ends the process leaves none of it.
    """

    def __init__(
        self, events: Iterable[Any], *, limit: int | None = None, folder: Path | None = None, part: int = PART
    ) -> None:
        self._limit, self._folder = limit, folder
        self._file: IO[bytes] | None = None
        self._parts: list[list[int]] = []
        self._first_and_last: list[int] = []
        self._count = 0
        source = iter(events)
        self._last: list[Any] = sorted(islice(source, part), key=at)
        while len(self._last) == part:
            more = sorted(islice(source, part), key=at)
            if not more:
                break
            self._write(self._last)
            self._last = more
        self._added(self._last)

    def __len__(self) -> int:
        return self._count if self._limit is None else min(self._count, self._limit)

    def __iter__(self) -> Iterator[Any]:
        parts = [self._read(offsets) for offsets in self._parts]
        return islice(merge(*parts, self._last, key=at) if parts else iter(self._last), self._limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def ends(self) -> tuple[int, int] | None:
        """When the first and the last event happened (milliseconds since 1970); None where there are none."""
        if not len(self):
            return None
        last = max(self._first_and_last)
        if len(self) < self._count:  # cut off: which event is the last, only its place tells
            last = next(islice(self, len(self) - 1, None)).occurred_at
        return min(self._first_and_last), last

    def _added(self, events: list[Any]) -> None:
        self._count += len(events)
        self._first_and_last += [at(events[place]) for place in (0, -1) if events]

    def _write(self, events: list[Any]) -> None:
        if self._file is None:
            if self._folder:
                self._folder.mkdir(parents=True, exist_ok=True)
            self._file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115  # closed by __exit__
        offsets = []
        for begin in range(0, len(events), BLOCK):
            offsets.append(self._file.tell())
            block = [(type(event), _values(event)) for event in events[begin : begin + BLOCK]]
            pickle.dump(block, self._file, pickle.HIGHEST_PROTOCOL)
        self._parts.append(offsets)
        self._added(events)

    def _read(self, offsets: list[int]) -> Iterator[Any]:
        assert self._file
        for offset in offsets:
            self._file.seek(offset)
            for kind, values in pickle.load(self._file):  # our own file
                yield kind(*values)


def _values(event: Any) -> tuple[Any, ...]:
    return tuple([getattr(event, name) for name in event.__slots__])
