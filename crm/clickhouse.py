"""Connections to ClickHouse, as one of the platform's users, and SQL from files."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from crm.credentials import password
from crm.errors import NotReadyError
from crm.settings import settings

User = Literal["flink", "batch", "bi", "crm_service", "admin"]

# What the driver reports it also raises: where nobody has set logging up, Python would print it above our own message.
logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())


def connect(user: User = "batch", **options: Any) -> Client:
    """Open a client as `user`.

    Raises NotReadyError where ClickHouse does not answer.
    """
    here = settings()
    try:
        return clickhouse_connect.get_client(
            host=here.clickhouse_host,
            port=here.ports.clickhouse_http,
            username=user,
            password=password(user),
            autogenerate_session_id=False,
            **options,
        )
    except OperationalError as error:
        raise NotReadyError(
            f"ClickHouse does not answer at {here.clickhouse_host}:{here.ports.clickhouse_http} as {user!r}: {_root(error)}. "
            "Start it with `crm up`, or look at `crm status`."
        ) from error


def _root(error: BaseException) -> str:
    """The innermost cause, without the attempts and addresses that each layer of the driver adds."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return str(error)


def lacks_table(error: BaseException) -> bool:
    """Whether ClickHouse refused because a database, a table or a view is not there: the platform has yet to make it."""
    return isinstance(error, DatabaseError) and error.name in ("UNKNOWN_DATABASE", "UNKNOWN_TABLE")


def rows(client: Client, sql: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Run a query with bound parameters (`{name:Type}` in the SQL) and return its rows as dictionaries."""
    return list(client.query(sql, parameters=dict(parameters or {})).named_results())


def sql(file: Path) -> str:
    """The text of a `.sql` file."""
    return file.read_text(encoding="utf-8")
