"""How commands print: JSON for scripts, Rich tables for people."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

# A pipe has no width: what goes into a log must not be cut to 80 columns.
console = Console(width=None if sys.stdout.isatty() else 160)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON value and nothing else.")]


def print_json(value: Any) -> None:
    """Print a value as JSON; decimals and times become text, so that no digit is lost."""
    typer.echo(json.dumps(value, default=str, ensure_ascii=False))


def print_rows(rows: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Print rows as a table; says so where there are none."""
    if not rows:
        console.print(f"{title}: none" if title else "no rows")
        return
    grid = Table(title=title or None, title_justify="left")
    for name, value in rows[0].items():
        grid.add_column(
            name, justify="right" if isinstance(value, int | float) or type(value).__name__ == "Decimal" else "left"
        )
    for row in rows:
        grid.add_row(*("" if value is None else str(value) for value in row.values()))
    console.print(grid)


def print_facts(facts: Mapping[str, Any], title: str = "") -> None:
    """Print one record, a line for each of its fields."""
    grid = Table(title=title or None, title_justify="left", show_header=False, box=None)
    for name, value in facts.items():
        grid.add_row(f"[bold]{name}[/]", "" if value is None else str(value))
    console.print(grid)


def print_load(summary: Mapping[str, Any]) -> None:
    """What a load did, and what its events amount to."""
    print_facts({name: value for name, value in summary.items() if name not in ("totals", "notes")}, summary["source"])
    if summary["totals"]:
        print_rows(summary["totals"], "events of the load")
