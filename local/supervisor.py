"""supervisord: its configuration, its life, and its XML-RPC interface over a Unix socket."""

import hashlib
import os
import resource
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import jinja2
import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport
from tenacity import RetryError, Retrying, retry_if_result, stop_after_delay, wait_fixed

from crm.errors import CrmError, NotReadyError
from crm.settings import settings
from local.service import CONFIG, Service, write

# The kernel's limit for a socket's path is 108 bytes; supervisord binds to a longer temporary name first.
LONGEST_SOCKET = 90


def run_folder() -> Path:
    """Process ids, locks, and the socket."""
    return settings().var.resolve() / "run"


def socket() -> Path:
    """The socket: in `var`, or in a private folder of the system's temporary one where that path would be too long."""
    wanted = run_folder() / "supervisor.sock"
    if len(os.fsencode(wanted)) <= LONGEST_SOCKET:
        return wanted
    digest = hashlib.sha256(os.fsencode(wanted)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"crm-{os.getuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid() or folder.is_symlink():
        raise CrmError(f"{folder} belongs to somebody else: remove it, or set CRM_VAR to a shorter path")
    return folder / "supervisor.sock"


def _value(text: object) -> str:
    """supervisord expands `%(…)s` in its values, and takes what follows ` ;` or ` #` for a comment."""
    if any(mark in str(text) for mark in (" ;", " #", "\n")):
        raise CrmError(f"a blank with ; or #, or a line break, cannot be handed to supervisord: {text!r}")
    return str(text).replace("%", "%%")


def _environment(variables: Mapping[str, str]) -> str:
    # The value is not shown: it may be a password.
    for name, text in variables.items():
        if any(mark in text for mark in ('"', "\n", " ;", " #")):
            raise CrmError(
                f"{name}: a double quote, a line break, or a blank with ; or # cannot be handed to supervisord"
            )
    return ",".join(f'{name}="{text}"' for name, text in variables.items())


def configuration(services: Sequence[Service]) -> str:
    """The text of supervisord.conf."""
    templates = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True, autoescape=False
    )
    templates.filters.update(value=_value, command=shlex.join, environment=_environment)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return templates.from_string((CONFIG / "supervisord.conf").read_text(encoding="utf-8")).render(
        services=services,
        socket=socket(),
        logs=settings().var.resolve() / "logs",
        pidfile=run_folder() / "supervisord.pid",
        directory=settings().var.resolve(),
        minfds=65536 if hard == resource.RLIM_INFINITY else min(65536, hard),
    )


@contextmanager
def _remote() -> Iterator[Any]:
    # The address is not used, but ServerProxy wants one.
    transport = SupervisorTransport(None, None, f"unix://{socket()}")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        yield proxy.supervisor


def is_running() -> bool:
    """Whether this stack's supervisord answers."""
    try:
        with _remote() as remote:
            return bool(remote.getState()["statename"] == "RUNNING")
    except (OSError, Fault):
        return False


def orphans() -> list[psutil.Process]:
    """Services whose supervisord was killed: they run on, hold their ports and nobody restarts them."""
    if is_running():
        return []
    ours, mine, found = f"unix://{socket()}", {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}, []
    for process in psutil.process_iter():
        try:
            if process.pid not in mine and process.environ().get("SUPERVISOR_SERVER_URL") == ours:
                found.append(process)
        except psutil.Error:
            continue
    return found


def end_orphans() -> None:
    """Stop the services with SIGTERM; when they have ended, or after 20 s, end what is left with SIGKILL."""
    left = orphans()
    pids = {process.pid for process in left}
    services = [process for process in left if process.ppid() not in pids]
    for process in services:
        process.terminate()
    psutil.wait_procs(services, timeout=20)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)


def start(services: Sequence[Service]) -> None:
    """Start supervisord, or give the running one the configuration if it has changed.

    A service whose configuration has changed is restarted by that, and started by nothing else here.
    """
    file = run_folder() / "supervisord.conf"
    write(file, configuration(services))
    (settings().var / "logs").mkdir(parents=True, exist_ok=True)
    if is_running():
        _reload()
        return
    end_orphans()
    # Each service gets supervisord's own environment and its configuration's. A setting must be in the latter only: in the
    # former it would outlive the shell that had it. Bytecode that is not kept would be compiled again by every process.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("CRM_") and name != "PYTHONDONTWRITEBYTECODE"
    }
    environment |= {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(file)]
    done = subprocess.run(command, env=environment, cwd=settings().var, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotReadyError(f"supervisord did not start:\n{(done.stderr or done.stdout).strip()}")
    _wait(
        is_running,
        True,
        30,
        f"supervisord does not answer at {socket()}: see {settings().var / 'logs' / 'supervisord.log'}",
    )


def _reload() -> None:
    with _remote() as remote:
        ((added, changed, removed),) = remote.reloadConfig()
    was_running = {
        name for name, process in processes().items() if process["statename"] in ("RUNNING", "STARTING", "BACKOFF")
    }
    for name in (*changed, *removed):
        stop_services(name)
        with _remote() as remote:
            remote.removeProcessGroup(name)
    for name in (*added, *changed):
        with _remote() as remote:
            remote.addProcessGroup(name)
    for name in changed:
        if name in was_running:
            start_service(name)


def processes() -> dict[str, dict[str, Any]]:
    """supervisord's own report on each service; empty where it does not run."""
    try:
        with _remote() as remote:
            return {process["name"]: process for process in remote.getAllProcessInfo()}
    except (OSError, Fault):
        return {}


def start_service(name: str) -> None:
    """Start one service, without waiting for it; nothing where it runs."""
    try:
        with _remote() as remote:
            remote.startProcess(name, False)
    except Fault as fault:
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise NotReadyError(f"{name} cannot be started: {fault.faultString}") from fault


def stop_services(*names: str) -> None:
    """Stop services at the same time and wait until all have ended; nothing for one that does not run."""
    for name in names:
        try:
            with _remote() as remote:
                remote.stopProcess(name, False)
        except Fault as fault:
            if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                raise NotReadyError(f"{name} cannot be stopped: {fault.faultString}") from fault

    def stopping() -> bool:
        return any(processes().get(name, {}).get("statename") == "STOPPING" for name in names)

    # supervisord itself sends SIGKILL after each service's stopwaitsecs
    _wait(stopping, False, 180, f"{', '.join(names)}: still stopping")


def finish_stopping() -> None:
    """Wait for what an interrupted `crm down` is still stopping: it can be used for some seconds more, and not be started."""
    stop_services(*(name for name, process in processes().items() if process["statename"] == "STOPPING"))


def shutdown() -> None:
    """End supervisord itself."""
    if is_running():
        with _remote() as remote:
            pid = remote.getPID()
            remote.shutdown()
        _wait(lambda: psutil.pid_exists(pid), False, 60, f"supervisord (process {pid}) does not end")


def _wait(state: Callable[[], bool], wanted: bool, seconds: int, message: str) -> None:
    try:
        Retrying(
            retry=retry_if_result(lambda found: found != wanted), stop=stop_after_delay(seconds), wait=wait_fixed(0.1)
        )(state)
    except RetryError as error:
        raise NotReadyError(message) from error
