"""ClickHouse: the engine of the chdb wheel behind its own HTTP and native interfaces."""

import hashlib
import sys

from crm.credentials import Role, password
from crm.settings import HOST, ROOT, settings
from local.readiness import clickhouse_ready
from local.service import CONFIG, Service, inherited, passwords

USERS: tuple[Role, ...] = ("admin", "batch", "flink", "bi", "crm_service")


def environment(listen: str = HOST, clients: str = HOST) -> dict[str, str]:
    """The variables that `config.xml` and `users.xml` refer to: ports, addresses, and hashes of the passwords."""
    ports = settings().ports
    return {
        "CRM_CLICKHOUSE_HTTP_PORT": str(ports.clickhouse_http),
        "CRM_CLICKHOUSE_NATIVE_PORT": str(ports.clickhouse_native),
        "CRM_CLICKHOUSE_LISTEN_HOST": listen,
        "CRM_CLICKHOUSE_CLIENTS": clients,
        **{
            f"CRM_CLICKHOUSE_{user.upper()}_SHA256": hashlib.sha256(password(user).encode()).hexdigest()
            for user in USERS
        },
    }


def services() -> list[Service]:
    """The server."""
    ports = settings().ports
    data = settings().var.resolve() / "clickhouse"
    return [
        Service(
            name="clickhouse",
            group="clickhouse",
            command=(sys.executable, "-m", "local.clickhouse_server", str(CONFIG / "clickhouse"), str(data)),
            environment={
                **environment(),
                **passwords(),
                "CRM_VAR": inherited()["CRM_VAR"],
                "PYTHONPATH": str(ROOT),
            },
            ready=clickhouse_ready,
            deadline=180,
            address=f"http://{HOST}:{ports.clickhouse_http}",
            ports={"clickhouse_http": ports.clickhouse_http, "clickhouse_native": ports.clickhouse_native},
            stop_seconds=90,
        )
    ]
