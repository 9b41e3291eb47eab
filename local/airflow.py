"""Airflow: api-server, scheduler, DAG processor and triggerer, each on its own.

`airflow standalone` would open its log servers on all interfaces and cannot be told not to.
"""

import hashlib
import json
import os
import subprocess
import sys
from functools import partial
from importlib.metadata import version
from pathlib import Path

from crm.credentials import password
from crm.errors import CrmError
from crm.settings import HOST, ROOT, settings
from local.readiness import airflow_ready
from local.service import Service, inherited, java_home, render, write


def home() -> Path:
    """AIRFLOW_HOME."""
    return settings().var.resolve() / "airflow"


def environment() -> dict[str, str]:
    """What Airflow's processes, and the tasks that they run, need to find this project and to keep to themselves."""
    return {
        **inherited(),
        "AIRFLOW_HOME": str(home()),
        # Not the caller's: `crm up` from another shell, or from cron, would restart Airflow and kill running tasks.
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        # for the tasks that start a Flink job, whose PATH may lack it
        "JAVA_HOME": java_home(),
        # Airflow renames its processes, which otherwise overwrites the environment that leftovers are known by.
        "SPT_NOENV": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def configure() -> None:
    """Render `airflow.cfg` and the password file of the one log-in."""
    write(home() / "passwords.json", json.dumps({"admin": password("airflow")}))
    jwt = password("airflow_jwt")
    render(
        "airflow/airflow.cfg",
        home() / "airflow.cfg",
        host=HOST,
        port=settings().ports.airflow,
        url=f"http://{HOST}:{settings().ports.airflow}",
        home=home(),
        dags=ROOT / "dags",
        logs=settings().var.resolve() / "logs" / "airflow",
        passwords=home() / "passwords.json",
        fernet_key=password("airflow_fernet"),
        jwt_secret=jwt,
        session_key=hashlib.sha256(f"session {jwt}".encode()).hexdigest(),
    )


def migrate() -> None:
    """Create or upgrade Airflow's database, once for each version."""
    stamp, wanted = home() / "migrated", version("apache-airflow")
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    done = subprocess.run(command, env=os.environ | environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise CrmError(f"`airflow db migrate` failed in {home()}:\n{(done.stderr or done.stdout).strip()[-2000:]}")
    write(stamp, wanted)


def services() -> list[Service]:
    """The four processes."""
    port = settings().ports.airflow

    def service(name: str, *options: str, stop_seconds: int = 30, ports: dict[str, int] | None = None) -> Service:
        return Service(
            name=f"airflow-{name}",
            group="airflow",
            command=(sys.executable, "-m", "local.successor", sys.executable, "-m", "airflow", name, *options),
            environment=environment(),
            ready=partial(airflow_ready, name),
            deadline=240,
            address=settings().airflow if ports else "",
            ports=ports or {},
            initialise=migrate,
            stop_seconds=stop_seconds,
        )

    return [
        # It waits for browsers that keep their connection open, and holds nothing that could be lost.
        service("api-server", ports={"airflow": port}, stop_seconds=5),
        # A batch step ends within this time or is repeated at the next start: every step is safe to repeat.
        service("scheduler", "--skip-serve-logs", stop_seconds=45),
        service("dag-processor"),
        service("triggerer", "--skip-serve-logs"),
    ]
