"""The benchmarks' own SQL, with its parameters bound."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crm import clickhouse

SQL = Path(__file__).parent / "sql"
PATIENCE_SECONDS = 600


def rows(
    file: str, parameters: Mapping[str, Any] | None = None, user: clickhouse.User = "batch"
) -> list[dict[str, Any]]:
    """Rows of a query of `sql/`."""
    return clickhouse.rows(clickhouse.connect(user), clickhouse.sql(SQL / file), parameters)


def run(file: str, parameters: Mapping[str, Any] | None = None, user: clickhouse.User = "batch") -> None:
    """Run a statement of `sql/`."""
    clickhouse.connect(user, send_receive_timeout=PATIENCE_SECONDS).command(
        clickhouse.sql(SQL / file), parameters=dict(parameters or {})
    )


def settled() -> None:
    """Wait until ClickHouse merges nothing: a merge would be measured with what is to be measured."""
    quiet, deadline = 0, time.monotonic() + PATIENCE_SECONDS
    while quiet < 3 and time.monotonic() < deadline:
        quiet = quiet + 1 if rows("merges.sql")[0]["merges"] == 0 else 0
        time.sleep(0.5)
