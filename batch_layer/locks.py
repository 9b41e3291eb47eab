"""Locks between the processes of one machine; the kernel releases them when their holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from crm.settings import settings


@contextmanager
def if_free(name: str) -> Iterator[bool]:
    """Hold the lock called `name` where nobody else does; gives whether."""
    with _file(name) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """Hold the lock called `name`, waiting for whoever has it.

    Between machines Airflow's max_active_runs=1 keeps batch runs apart, and a publication looks for a rival build.
    """
    with _file(name) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _file(name: str) -> IO[str]:
    file = settings().var / "locks" / f"{name}.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.open("w")
