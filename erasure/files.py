"""Files of the stack that may quote an event: logs, Data Docs, rejected rows of loads. An id in them is overwritten in place.

In place and with as many bytes, since services hold their logs open, and a page or a CSV file must stay one.
"""

import mmap
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from batch_layer.rewriting import mentions
from crm.settings import settings

# Everything else below `var` is an engine's own (kafka, clickhouse, flink, airflow), a secret, or a download.
FOLDERS = ("rejects", "gx/gx/uncommitted", "data_docs", "dbt", "logs", "bench")
# Shorter ids are parts of too much else: a page's script, a count in a log.
SHORTEST = 4


def quoting() -> Iterator[Path]:
    """The files that may quote an event."""
    for folder in FOLDERS:
        for file in sorted((settings().var / folder).rglob("*")):
            if file.is_file() and not file.is_symlink() and file.stat().st_size:
                yield file


def _pattern(customers: Iterable[str]) -> re.Pattern[bytes]:
    long = [one for one in customers if len(one) >= SHORTEST]
    # Where no id is long enough: what matches nowhere.
    return re.compile(mentions(long).encode() if long else rb"(?!)()")


def mentioning(customers: Iterable[str]) -> dict[Path, int]:
    """How often each file names one of the customers; files that name none are left out, ids shorter than SHORTEST not sought."""
    pattern, found = _pattern(customers), {}
    for file in quoting():
        with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as content:
            if count := len(pattern.findall(content)):
                found[file] = count
    return found


def redact(customers: Iterable[str]) -> dict[Path, int]:
    """Overwrite the customers' ids with x; returns how often in each file."""
    wanted = list(customers)
    found = mentioning(wanted)
    pattern = _pattern(wanted)
    for file in found:
        with file.open("r+b") as handle, mmap.mmap(handle.fileno(), 0) as content:
            at = 0
            while match := pattern.search(content, at):
                start, end = match.span(1)
                content[start:end] = b"x" * (end - start)
                at = end
    return found
