"""CPU time of the stack's processes, and where in a process it goes."""

import os
import threading
import time
from bisect import bisect_left
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from local import supervisor

TICKS = os.sysconf("SC_CLK_TCK")
INTERVAL_SECONDS = 0.1
# What a thread is worth reporting for, in CPU seconds.
LEAST_SECONDS = 0.05


class Services:
    """The running services' processes as they are now; one that is restarted later is not followed."""

    def __init__(self) -> None:
        self._processes = {name: _tree(found["pid"]) for name, found in supervisor.processes().items() if found["pid"]}

    def seconds(self) -> dict[str, float]:
        """CPU seconds of each service so far, user and system."""
        return {name: sum(_seconds(process) for process in tree) for name, tree in self._processes.items()}

    def threads(self, service: str) -> dict[str, float]:
        """CPU seconds of a service by the names of its threads (the kernel keeps 15 characters of a name)."""
        found: defaultdict[str, float] = defaultdict(float)
        for process in self._processes[service]:
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                with suppress(FileNotFoundError, ProcessLookupError):  # the thread has ended
                    fields = (task / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                    found[(task / "comm").read_text(encoding="utf-8").strip()] += (
                        int(fields[11]) + int(fields[12])
                    ) / TICKS
        return dict(found)


def _tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def spent(before: dict[str, float], after: dict[str, float], least: float = LEAST_SECONDS) -> dict[str, float]:
    """The difference by name, greatest first, rounded; names below `least` are left out."""
    used = {name: round(value - before.get(name, 0.0), 2) for name, value in after.items()}
    return {name: value for name, value in sorted(used.items(), key=lambda item: -item[1]) if value >= least}


class Recorder:
    """Records the services' CPU seconds while its block runs: `with Recorder() as recorder: …`."""

    def __init__(self) -> None:
        self.services = Services()
        self._at: list[float] = []
        self._seconds: list[dict[str, float]] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._record, daemon=True)

    def _record(self) -> None:
        while not self._done.is_set():
            self._at.append(time.time())
            self._seconds.append(self.services.seconds())
            self._done.wait(INTERVAL_SECONDS)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def between(self, start: float, end: float) -> dict[str, float]:
        """CPU seconds of each service between two times (Unix seconds), to the recorder's interval."""
        return spent(self._seconds[self._index(start)], self._seconds[self._index(end)])

    def _index(self, moment: float) -> int:
        return min(bisect_left(self._at, moment), len(self._at) - 1)
