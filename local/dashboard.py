"""The dashboard: pages over the serving views, drawn by Streamlit."""

import sys

from crm.settings import HOST, settings
from local.readiness import dashboard_ready
from local.service import Service, inherited


def arguments(host: str, port: int) -> tuple[str, ...]:
    """What follows the name of the Python program."""
    return ("-m", "dashboard", "--server.address", host, "--server.port", str(port))


def services() -> list[Service]:
    """Streamlit's server. Whoever can reach the port reads what bi reads, without a log-in: so it listens on loopback only."""
    port = settings().ports.dashboard
    return [
        Service(
            name="dashboard",
            group="dashboard",
            command=(sys.executable, *arguments(HOST, port)),
            environment=inherited(),
            ready=dashboard_ready,
            deadline=60,
            address=f"http://{HOST}:{port}",
            ports={"dashboard": port},
            stop_seconds=5,
        )
    ]
