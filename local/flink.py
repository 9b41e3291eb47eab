"""Flink: a session cluster of one JobManager and one TaskManager, from pip's distribution in `.venv-flink`."""

import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from crm.errors import CrmError
from crm.settings import HOST, ROOT, settings
from local.readiness import jobmanager_ready, taskmanager_ready
from local.service import Service, jars, java_home, render

# For the enrichment job and the speed job, and as many more.
SLOTS = 5
# Of a TaskManager that is not told how much to take. With less, the demo's events are much of what it holds.
LEAST, MOST = 3 * 1024, 8 * 1024
# By state backend: the share of managed memory, which is the Python workers', too; and RocksDB's part of the whole process.
MANAGED = {"hashmap": 0.1, "rocksdb": 0.45}
ROCKSDB = {"hashmap": 0.0, "rocksdb": 0.3}


def home() -> Path:
    """FLINK_HOME; raises CrmError where the environment is missing."""
    found = next((ROOT / ".venv-flink").glob("lib/python3*/site-packages/pyflink"), None)
    if found is None:
        raise CrmError(f"no apache-flink in {ROOT / '.venv-flink'}: run `make setup`")
    return found


def state() -> Path:
    """Everything of Flink that is this stack's own: conf, lib, checkpoints, savepoints, tmp."""
    return settings().var.resolve() / "flink"


def environment() -> dict[str, str]:
    """The variables that Flink's scripts, and PyFlink's client, go by."""
    return {
        "FLINK_HOME": str(home()),
        # part of its logs' names, in place of whoever started it
        "FLINK_IDENT_STRING": "crm",
        "FLINK_CONF_DIR": str(state() / "conf"),
        "FLINK_LIB_DIR": str(state() / "lib"),
        "FLINK_LOG_DIR": str(settings().var.resolve() / "logs"),
        "FLINK_PID_DIR": str(settings().var.resolve() / "run"),
        "JAVA_HOME": java_home(),
        # for the Python workers of the TaskManager: LeIA reads files in the locale's encoding
        "PYTHONUTF8": "1",
    }


def memory() -> dict[str, Any]:
    """The TaskManager's memory, and how it is divided: what `config.yaml` asks for, in megabytes."""
    here = settings()
    stated = here.flink_taskmanager_memory
    if stated:
        process = float(stated[:-1]) * (1024 if stated[-1] == "g" else 1)
    else:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**20
        process = min(max(machine / 4, LEAST), MOST)
    return {
        "taskmanager_megabytes": int(process),
        "managed_fraction": MANAGED[here.speed_state_backend],
        "rocksdb_megabytes": int(process * ROCKSDB[here.speed_state_backend]),
    }


def configure(host: str = HOST) -> None:
    """Render `config.yaml` for a JobManager at `host` beside the distribution's logging files, and link the jars."""
    shipped = yaml.safe_load((home() / "conf" / "config.yaml").read_text(encoding="utf-8"))
    target = render(
        "flink/config.yaml",
        state() / "conf" / "config.yaml",
        host=host,
        ports=settings().ports,
        java_options=shipped["env"]["java"]["opts"]["all"],
        **memory(),
        # The enrichment job, and two speed jobs side by side while `crm deploy` changes over.
        slots=max(SLOTS, 3 * settings().speed_parallelism),
        state=state().as_uri(),
        temporary=state() / "tmp",
    )
    for file in (home() / "conf").glob("log4j*.properties"):
        shutil.copyfile(file, target.parent / file.name)
    (state() / "tmp").mkdir(exist_ok=True)
    link_jars()


def link_jars() -> None:
    """FLINK_LIB_DIR: links to the distribution's jars, its Python bridge and the connectors.

    The class path is fixed when a JobManager starts, so the connectors must be here before. slf4j comes with Flink; a
    second one would only print warnings.
    """
    wanted = [*home().glob("lib/*.jar"), *home().glob("opt/flink-python*.jar"), *jars("flink").glob("*.jar")]
    links = {file.name: file for file in wanted if not file.name.startswith("slf4j-api")}
    folder = state() / "lib"
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.iterdir():
        if links.get(stale.name) != (stale.readlink() if stale.is_symlink() else None):
            stale.unlink()
    for name, file in links.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(file)


def services() -> list[Service]:
    """JobManager and TaskManager. Nobody but the supervisor restarts a TaskManager."""
    ports, scripts = settings().ports, home() / "bin"
    return [
        Service(
            name="flink-jobmanager",
            group="flink",
            command=("bash", str(scripts / "jobmanager.sh"), "start-foreground"),
            environment=environment(),
            ready=jobmanager_ready,
            deadline=180,
            address=settings().flink_rest,
            ports={"flink_rest": ports.flink_rest, "flink_rpc": ports.flink_rpc, "flink_blob": ports.flink_blob},
        ),
        Service(
            name="flink-taskmanager",
            group="flink",
            command=("bash", str(scripts / "taskmanager.sh"), "start-foreground"),
            environment=environment(),
            ready=taskmanager_ready,
            deadline=180,
            address=f"{HOST}:{ports.flink_taskmanager_rpc}",
            ports={
                "flink_taskmanager_rpc": ports.flink_taskmanager_rpc,
                "flink_taskmanager_data": ports.flink_taskmanager_data,
            },
        ),
    ]
