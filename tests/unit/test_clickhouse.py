"""What a user reads where ClickHouse is down."""

import socket
import subprocess
import sys
from pathlib import Path

from crm.settings import ROOT, settings


def test_a_server_that_is_down_is_one_line_and_nothing_else(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # In a process of its own: pytest sets logging up, and the driver's report would go there.
    code = "from crm import clickhouse; from crm.errors import NotReadyError\ntry: clickhouse.connect('bi')\nexcept NotReadyError as error: print(error)"
    environment = {
        "CRM_VAR": str(tmp_path),
        "CRM_PORT_CLICKHOUSE_HTTP": str(port),
        "CRM_PASSWORD_BI": "x",
        "PATH": "/usr/bin:/bin",
    }
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        f"ClickHouse does not answer at {settings().clickhouse_host}:{port} as 'bi': [Errno 111] Connection refused. "
        "Start it with `crm up`, or look at `crm status`."
    ]
