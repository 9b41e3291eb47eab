"""ClickHouse in the test's own process."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from chdb.session import Session

from crm.quoting import literal


@contextmanager
def session() -> Iterator[Session]:
    """An empty engine on a temporary folder; its JSON has integers as numbers."""
    with Session() as opened:
        opened.query("SET output_format_json_quote_64bit_integers = 0")
        yield opened


class Client:
    """The calls of a ClickHouse client that the batch layer makes, on an engine in this process."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def command(self, sql: str, parameters: dict[str, Any] | None = None) -> None:
        self.session.query(sql, params=_bound(parameters))

    def query(self, sql: str, parameters: dict[str, Any] | None = None) -> Any:
        form = "JSONCompactEachRowWithNamesAndTypes"
        text = self.session.query(sql, form, params=_bound(parameters)).bytes().decode()
        names, kinds, *rows = [json.loads(line) for line in text.splitlines()]
        found = [dict(zip(names, map(_typed, kinds, row), strict=True)) for row in rows]
        return SimpleNamespace(named_results=lambda: found)

    def insert(self, table: str, rows: list[list[Any]], column_names: Sequence[str], database: str = "") -> None:
        table = f"{database}.{table}" if database else table
        lines = "\n".join(json.dumps(dict(zip(column_names, row, strict=True)), default=str) for row in rows)
        self.session.query(
            f"INSERT INTO {table} SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n{lines}"
        )


def _bound(parameters: dict[str, Any] | None) -> dict[str, Any]:
    return {name: _text(value) for name, value in (parameters or {}).items()}


def _text(value: Any) -> Any:
    """A value as the engine reads a parameter: moments without their fraction, what is in a list in quotes."""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(literal(str(_text(one))) for one in value)}]" if isinstance(value, list) else value


def _typed(kind: str, value: Any) -> Any:
    if value is None or not kind.removeprefix("Nullable(").startswith(("Date", "Decimal")):
        return value
    return Decimal(str(value)) if "Decimal" in kind else datetime.fromisoformat(value)
