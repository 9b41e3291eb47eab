"""Locks between the processes of one machine; the kernel releases them when their holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from crm.settings import settings


@contextmanager
def exclusively(name: str) -> Iterator[None]:
    """Hold the lock called `name`, waiting for whoever has it.

    Between machines Airflow's max_active_runs=1 keeps batch runs apart, and a publication looks for a rival build.
    """
    file = settings().var / "locks" / f"{name}.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
