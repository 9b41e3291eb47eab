"""A kind of files that can be loaded."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sources.files import Row


@dataclass(frozen=True)
class Source:
    """A kind of files that can be loaded. To add one, write a mapping; where that does not do, a module with `files` and `events`.

    `currency` is for files that name none: what is meant without a word, and `events` takes what the user says. `checks`
    says that `events` yields only what the contracts allow. `version` changes where the same files become other events.
    """

    name: str
    time_zone: str
    files: Callable[[Path], list[Path]]
    events: Callable[..., Iterator[tuple[Row, Any]]]
    currency: str = ""
    takes_file: bool = False
    checks: bool = False
    version: str = ""
