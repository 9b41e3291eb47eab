"""Starting and stopping the embedded stack: `crm up` and `crm down`."""

import fcntl
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from tenacity import Retrying, retry_if_result, wait_fixed

from crm import credentials
from crm.errors import CrmError, NotReadyError
from crm.settings import settings
from local import ports, supervisor
from local.service import Service, nothing
from local.services import CORE, catalogue, chosen, configure

UP = ("RUNNING", "STARTING", "BACKOFF")
LOG_LINES = 25
# What a stack holds, in its `var`.
STATE = ("kafka", "clickhouse", "flink", "airflow", "gx", "data_docs", "dbt", "locks", "elasticsearch", "search")
console = Console(stderr=True, emoji=False)


class ServiceFailedError(NotReadyError):
    """A service is not ready after its deadline; the message ends with its log."""


@contextmanager
def _alone() -> Iterator[None]:
    """One `up` or `down` of a stack at a time."""
    file = supervisor.run_folder() / "up.lock"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def up(only: Sequence[str] = (), background: bool = False) -> None:
    """Start what does not run yet and wait until it can be used; repeating it changes nothing.

    `only` names groups or services to start; empty: all. With `background` everything is started, but only those named
    are waited for. Raises PortTakenError before anything starts, ServiceFailedError after a service's deadline.
    """
    settings().var.mkdir(parents=True, exist_ok=True)
    credentials.ensure()
    with _alone(), ThreadPoolExecutor() as pool:
        known = catalogue()
        asked = chosen(known, only)
        starting = known if background else asked
        configure()
        supervisor.end_orphans()
        supervisor.finish_stopping()
        stopped = [
            service for service in starting if supervisor.processes().get(service.name, {}).get("statename") not in UP
        ]
        ports.check(stopped)
        prepared: dict[Callable[[], None], Future[None]] = {
            initialise: pool.submit(initialise)
            for initialise in {service.initialise for service in stopped} - {nothing}
        }
        supervisor.start(known)

        def start(group: Iterable[Service]) -> None:
            for service in group:
                if service.initialise in prepared:
                    prepared[service.initialise].result()
                supervisor.start_service(service.name)

        core = [service for service in starting if service.group in CORE]
        rest = [service for service in starting if service.group not in CORE]
        start(core)
        wait(core)
        # Airflow takes the longest and needs nothing of what is installed now: it starts meanwhile.
        start(rest)
        if set(CORE) <= {service.group for service in core}:
            _install()
        wait([service for service in rest if service in asked])


def down(only: Sequence[str] = ()) -> None:
    """Stop everything in order, Airflow first and Kafka last, and the supervisor with it; repeating it changes nothing.

    Whatever was acknowledged is on disk. With `only` just these are stopped and the supervisor stays.
    """
    with _alone():
        supervisor.end_orphans()
        if not supervisor.is_running():
            console.print("nothing is running")
            return
        supervisor.finish_stopping()
        running = {name for name, process in supervisor.processes().items() if process["statename"] in UP}
        stopping = [service for service in reversed(chosen(catalogue(), only)) if service.name in running]
        with console.status("") as shown:
            for group, services in groupby(stopping, key=lambda service: service.group):
                # Behind Airflow, whose watch would start the job again.
                if group == "flink" and {"flink-jobmanager", "flink-taskmanager"} <= running:
                    shown.update("stopping the Flink jobs with a savepoint")
                    _drain()
                shown.update(f"stopping {group}")
                supervisor.stop_services(*(service.name for service in services))
            if not only:
                supervisor.shutdown()
        console.print(f"stopped: {', '.join(service.name for service in stopping) or 'the supervisor'}")


def wipe() -> None:
    """Delete everything that the stopped stack holds but its credentials: events, tables, checkpoints, Airflow's history."""
    if supervisor.is_running():
        raise CrmError("the stack still runs: `crm down` first")
    for folder in STATE:
        shutil.rmtree(settings().var / folder, ignore_errors=True)
    console.print(f"deleted: {', '.join(STATE)} in {settings().var}")


def _install() -> None:
    """Topics, tables, views and the speed job, once the services that hold them answer."""
    from crm import platform

    with console.status("installing") as shown:
        platform.install(lambda step: shown.update(f"installing: {step}"))


def _drain() -> None:
    """Stop both Flink jobs with a savepoint; the next `crm up` goes on from there.

    Where that fails it goes on from the newest checkpoint: slower, but nothing is lost. So a failure must not keep the
    stack up.
    """
    try:
        from speed_layer import lifecycle
        from speed_layer.enrichment import lifecycle as enrichment

        enrichment.stop()
        lifecycle.stop()
    except (CrmError, ImportError) as error:
        console.print(f"[yellow]no savepoint:[/] {escape(str(error))}; the job will resume from its newest checkpoint")


def wait(services: Sequence[Service]) -> None:
    """Wait until each is ready, showing which are; raises ServiceFailedError after a deadline."""
    begun = time.monotonic()
    missing = {service.name: "starts" for service in services}
    seconds: dict[str, float] = {}

    def poll() -> bool:
        for service in services:
            if service.name not in missing:
                continue
            missing[service.name] = service.ready()
            seconds[service.name] = time.monotonic() - begun
            if not missing[service.name]:
                del missing[service.name]
                console.print(
                    f"[green]ready[/] {service.name} after {seconds[service.name]:.1f} s [dim]{service.address}[/]",
                    highlight=False,
                )
            elif seconds[service.name] > service.deadline:
                raise ServiceFailedError(_failure(service, missing[service.name]))
        return bool(missing)

    def table() -> Table:
        grid = Table.grid(padding=(0, 2))
        for name, what in missing.items():
            grid.add_row("[yellow]waits[/]", name, f"{time.monotonic() - begun:.0f} s", f"[dim]{what[:100]}[/]")
        return grid

    with Live(get_renderable=table, console=console, refresh_per_second=4, transient=True):
        Retrying(retry=retry_if_result(bool), wait=wait_fixed(0.3))(poll)


def _failure(service: Service, missing: str) -> str:
    state = supervisor.processes().get(service.name, {}).get("statename", "unknown")
    head = f"{service.name} is not ready after {service.deadline} s ({state}): {missing}"
    return f"{head}\nthe end of {service.log}:\n{_tail(service.log)}"


def _tail(log: Path) -> str:
    with suppress(FileNotFoundError):
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
    return "(no log)"
