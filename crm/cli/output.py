"""How commands print: JSON for scripts, Rich tables for people."""

import json
import math
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

# A pipe has no width: what goes into a log must not be cut to 80 columns. Emoji: data may look like a code of one.
console = Console(width=None if sys.stdout.isatty() else 160, emoji=False)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


def print_json(value: Any) -> None:
    """Print a value as JSON; decimals, times and keys become text, so that no digit is lost, and what is not finite null."""
    typer.echo(json.dumps(_plain(value), default=str, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key if isinstance(key, str | int | None) else str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def print_rows(rows: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Print rows as a table; says so where there are none."""
    if not rows:
        console.print(Text(f"{title}: none" if title else "no rows"))
        return
    grid = Table(title=_title(title), title_justify="left")
    for name, value in rows[0].items():
        is_number = isinstance(value, int | float) or type(value).__name__ == "Decimal"
        grid.add_column(Text(name), justify="right" if is_number else "left")
    for row in rows:
        grid.add_row(*map(_cell, row.values()))
    console.print(grid)


def print_facts(facts: Mapping[str, Any], title: str = "") -> None:
    """Print one record, a line for each of its fields."""
    grid = Table(title=_title(title), title_justify="left", show_header=False, box=None)
    for name, value in facts.items():
        grid.add_row(Text(name, style="bold"), _cell(value))
    console.print(grid)


def print_record(record: Mapping[str, Any], title: str = "") -> None:
    """Print one record with others in it: its own fields as facts, then each field that is a record or a set of these by itself."""
    inner = {name: value for name, value in record.items() if _is_record(value)}
    print_facts({name: _listed(value) for name, value in record.items() if name not in inner}, title)
    for name, value in inner.items():
        rows = value if isinstance(value, list) else [{"": key, **one} for key, one in value.items() if _is_record(one)]
        if len(rows) == len(value):
            print_rows([{key: _listed(one) for key, one in row.items()} for row in rows], name)
        else:
            print_record(value, name)


def _is_record(value: Any) -> bool:
    """Whether it has fields, or is a list of what has."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, Mapping) for one in value)
    return isinstance(value, Mapping) and bool(value)


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {one}" for name, one in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


# Texts of data are none of Rich's markup, which `[sale]` would be.
def _cell(value: Any) -> Text:
    return Text("" if value is None else str(value))


def _title(text: str) -> Text | None:
    return Text(text, style="table.title") if text else None


def print_load(summary: Mapping[str, Any]) -> None:
    """What a load did, and what its events amount to."""
    print_facts({name: value for name, value in summary.items() if name not in ("totals", "notes")}, summary["source"])
    if summary["totals"]:
        print_rows(summary["totals"], "events of the load")
