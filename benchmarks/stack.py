"""The stack that is measured: the bench's own, with its own state and ports, empty at the start of each row."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from crm.errors import UsageError
from crm.settings import ROOT, settings
from local import stack as embedded
from local.services import CORE
from search import presence

# The state folder's end, set by `crm bench`: what is wiped must never be a user's own stack.
FOLDER = ("bench", "stack")
SEED = 1
SIMULATED = "orders"  # the contract, and the topic, whose events `sources.simulator` makes
DUPLICATES, MALFORMED = 0.01, 0.001


@dataclass
class Bench:
    """What every row gets: how often and how large to measure, how to report progress, and the stack."""

    runs: int = 3
    scale: float = 1.0
    days: float = 30.0
    say: Callable[[str], None] = print
    _streamed: dict[str, Any] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if settings().var.resolve().parts[-2:] != FOLDER:
            raise UsageError(f"{settings().var} is not the bench's own state: start it with `crm bench`")

    def scaled(self, size: int) -> int:
        """A size of the table, times the scale."""
        return max(round(size * self.scale), 1)

    def empty(self, *groups: str) -> None:
        """A new stack of these groups of services; all that was there is gone."""
        self.close()
        self.say(f"starting {', '.join(groups)}")
        if "search" in groups:
            presence.enable()
        embedded.up(only=groups)
        if "clickhouse" in groups and not set(CORE) <= set(groups):
            self._tables()

    def stream(self, count: int) -> dict[str, Any]:
        """A stack whose topic holds `count` simulated records and nothing else, with the speed job stopped.

        Rows that ask for the same stream share it. Returns the simulation's summary; `valid_records` of it must count.
        """
        from sources import simulator
        from sources.simulation import Simulation
        from speed_layer import lifecycle

        if self._streamed is None or self._streamed["produced"] != count:
            self.empty(*CORE)
            lifecycle.stop()
            self.say(f"producing {count:,} events")
            simulation = Simulation(SEED, count, days=self.days, duplicates=DUPLICATES, malformed=MALFORMED)
            self._streamed = simulator.run(simulation) | asdict(simulation)
        return self._streamed

    def close(self) -> None:
        """Stop the stack and remove its state; its logs stay, beside the results."""
        var, self._streamed = settings().var.resolve(), None
        if (var / "run").is_dir():
            embedded.down()
        if (var / "logs").is_dir():
            shutil.rmtree(var.parent / "logs", ignore_errors=True)
            shutil.move(var / "logs", var.parent / "logs")
        if var.exists():
            shutil.rmtree(var)

    def _tables(self) -> None:
        """What `crm up` installs, as far as it lives in ClickHouse."""
        from batch_layer import build, migrate
        from speed_layer import lifecycle

        self.say("creating tables and views")
        migrate.migrate()
        lifecycle.create_tables()
        build.create_relations()


def crm(*arguments: str) -> subprocess.Popen[str]:
    """Start a command of `crm` against this stack; its standard output can be read, its progress goes to a log."""
    command = [str(Path(sys.executable).parent / "crm"), *arguments]
    with (settings().var / "logs" / f"crm-{arguments[0]}.log").open("a") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
