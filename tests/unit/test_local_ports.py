"""A port that somebody else has, and offsets that move a stack to where nobody is."""

import os
import re
import socket

import pytest

from crm.cli import bench
from crm.settings import HOST, ROOT
from local import ports
from local.service import Service


def service(port: int) -> Service:
    return Service("kafka", "kafka", ("true",), ready=lambda: "", deadline=1, address="", ports={"kafka": port})


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind((HOST, 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_names_port_service_process_and_variable(taken):
    with pytest.raises(ports.PortTakenError) as raised:
        ports.check([service(taken)])
    message = str(raised.value)
    for part in (str(taken), "kafka", f"process {os.getpid()}", "CRM_PORT_KAFKA", "CRM_PORT_OFFSET"):
        assert part in message
    assert raised.value.exit_code == 3


def test_free_ports_are_fine(taken):
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        free = probe.getsockname()[1]
    ports.check([service(free)])


def test_a_port_that_was_just_closed_is_free():
    """Connections in TIME_WAIT must not keep `crm up` from starting right after `crm down`."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)):
            accepted, _ = server.accept()
            accepted.close()
    assert ports.is_free(port)


OFFSETS = {bench.PORT_OFFSET, "7000"} | {
    offset
    for name in ("README.md", "docs/operations.md", "docs/reference/cli.md", "local/ports.py", "crm/cli/stack.py")
    for offset in re.findall(r"CRM_PORT_OFFSET=(\d+)", (ROOT / name).read_text(encoding="utf-8"))
}


@pytest.mark.parametrize("offset", sorted(OFFSETS))
def test_a_second_stack_has_no_port_of_the_first(offset):
    """Of the offsets that the tests and benchmarks use, and of those that texts give as an example."""
    text = (ROOT / "local" / "ports.env").read_text(encoding="utf-8")
    first = {int(port) for port in re.findall(r"^CRM_PORT_\w+=(\d+)$", text, re.MULTILINE)}
    assert len(first) > 10
    assert not first & {port + int(offset) for port in first}
