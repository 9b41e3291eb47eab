"""Run a service after ending what its predecessor left behind.

`python -m local.successor PROGRAM ARGUMENT…`, under the supervisor. When a scheduler is killed with -9, its workers and
the tasks that they run live on: they would hold memory for ever, and a task could run beside its own repetition. Every
process inherits the names that supervisord gives its services, so they are known by those.
"""

import os
import sys

import psutil

NAMES = ("SUPERVISOR_SERVER_URL", "SUPERVISOR_PROCESS_NAME")


def left_behind() -> list[psutil.Process]:
    """Processes of this service that are not this one."""
    mine, found = {name: os.environ[name] for name in NAMES}, []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and mine.items() <= process.environ().items():
                found.append(process)
        except psutil.Error:
            continue
    return found


if __name__ == "__main__":
    for process in left_behind():
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    os.execv(sys.argv[1], sys.argv[1:])
