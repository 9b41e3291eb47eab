"""Serve ClickHouse's HTTP and native interfaces from the `chdb` wheel, in the foreground, until SIGTERM.

Run by the supervisor as `python -m local.clickhouse_server CONFIG_FOLDER DATA_FOLDER`. Ports and password hashes come
from the environment, to which the configuration refers (`from_env`). Exits with 1 where the engine ends by itself or
does not answer in time, so that the supervisor starts it again.
"""

import os
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from types import ModuleType

from crm.credentials import password
from crm.settings import HOST

# Loading a large database must not be mistaken for a failed start.
START_SECONDS = 300
# Between looks at whether it still listens; three refusals in a row end it.
REFUSING_SECONDS = 10

# The last statement blocks for ever and so keeps the engine open. It must run as TabSeparated, which becomes the
# server's default format.
SERVE = (
    "SYSTEM START LISTEN HTTP; SYSTEM START LISTEN TCP; "
    "SELECT sleepEachRow(1) FROM system.numbers SETTINGS function_sleep_max_microseconds_per_block=0, "
    "max_block_size=1, log_queries=0 FORMAT Null"
)
# Ending that statement is the engine's orderly shutdown: it flushes, closes its files and releases its lock.
STOP = "KILL QUERY WHERE query LIKE 'SELECT sleepEachRow(1) FROM system.numbers SETTINGS%' ASYNC"


def _request(path: str, **options: object) -> int:
    address = f"http://{HOST}:{os.environ['CRM_CLICKHOUSE_HTTP_PORT']}{path}"
    request = urllib.request.Request(address, **options)  # type: ignore[arg-type]
    with urllib.request.urlopen(request, timeout=5) as response:
        return int(response.status)


def _answers() -> bool:
    try:
        return _request("/ping") == 200
    except OSError:
        return False


def _refuses() -> bool:
    """Whether nobody listens; an engine that is only busy takes the connection all the same."""
    try:
        socket.create_connection((HOST, int(os.environ["CRM_CLICKHOUSE_HTTP_PORT"])), timeout=5).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def _kill() -> bool:
    """Ask the engine to end; false where it does not listen (yet)."""
    try:
        headers = {"X-ClickHouse-User": "admin", "X-ClickHouse-Key": password("admin")}
        return _request("/", data=STOP.encode(), headers=headers) == 200
    except OSError:
        return False


def _engine(config: Path) -> ModuleType:
    """Import chdb so that its engine reads our configuration.

    Only the module-level `_chdb.query` runs the part of ClickHouse that can open listeners, and it reads
    `./config.xml`. The import opens a throw-away connection, which would read that file too: keep it away from ours.
    """
    os.chdir("/")
    from chdb import _chdb

    os.chdir(config)
    return _chdb


def main(config: Path, data: Path) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code."""
    data.mkdir(parents=True, exist_ok=True)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    engine = _engine(config)
    serving = threading.Thread(target=lambda: print(engine.query(SERVE, "TabSeparated", path=str(data)), flush=True))
    serving.start()
    started, waited, asked, refused = False, 0.0, 0.0, 0
    while serving.is_alive():
        serving.join(0.25)
        waited += 0.25
        if stopping.is_set():
            _kill()
        elif not started and not (started := _answers()) and waited > START_SECONDS:
            print(f"ClickHouse does not answer after {START_SECONDS} s", file=sys.stderr, flush=True)
            os._exit(1)  # the engine's thread cannot be ended otherwise; acknowledged data is on disk
        elif started and waited - asked > REFUSING_SECONDS:
            asked, refused = waited, refused + 1 if _refuses() else 0
            # Who may open the listeners may also close them, and the engine would run on for nobody.
            if refused == 3:
                print("ClickHouse listens no more", file=sys.stderr, flush=True)
                os._exit(1)
    return 0 if stopping.is_set() else 1


if __name__ == "__main__":
    sys.exit(main(*(Path(argument).resolve() for argument in sys.argv[1:3])))
