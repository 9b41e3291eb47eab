"""Whether a service's ports are free, and who has them if not."""

import contextlib
import socket
from collections.abc import Iterable

import psutil

from crm.errors import NotReadyError
from crm.settings import HOST
from local.service import Service


class PortTakenError(NotReadyError):
    """Another program listens where a service wants to."""


def is_free(port: int) -> bool:
    """Whether a server can bind to the port on loopback, as services do: connections that linger do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _owner(port: int) -> str:
    """Who listens, as far as the operating system tells."""
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            if (
                connection.laddr
                and connection.laddr.port == port
                and connection.status == psutil.CONN_LISTEN
                and connection.pid
            ):
                return f" by process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return ""


def check(services: Iterable[Service]) -> None:
    """Raise PortTakenError where a port is not free; names all of them at once."""
    taken = [
        f"port {port} of {service.name} is taken{_owner(port)}: free it, or set CRM_PORT_{name.upper()} to another one"
        for service in services
        for name, port in service.ports.items()
        if not is_free(port)
    ]
    if taken:
        raise PortTakenError(
            "\n".join([*taken, "CRM_PORT_OFFSET=1000 moves all ports at once; local/ports.env lists them."])
        )
