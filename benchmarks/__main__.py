"""Runs the benchmarks against a stack of their own; `crm bench` starts this with that stack's environment.

Prints a table (or, with `--json`, the results) and writes them to `results.json` beside the stack's state. Exits with 0
whether or not targets are met: a benchmark measures, it does not test.
"""

import argparse
import json
import os
from datetime import UTC, datetime
from importlib import import_module

from rich.console import Console
from rich.table import Table

from benchmarks import MODULES, machine
from benchmarks.results import Row, goal, number, spread, verdict, write
from benchmarks.stack import Bench
from crm.settings import settings

COLOURS = {"met": "green", "missed": "red", "": "dim"}
console = Console(stderr=True)


def table(rows: list[Row]) -> Table:
    """The figures against their targets."""
    grid = Table("row", "figure", title="benchmarks", title_justify="left")
    for name in ("measured", "runs", "target"):
        grid.add_column(name, justify="right")
    grid.add_column("")
    for row in rows:
        for figure in (figure.to_json() for figure in row.figures):
            word = verdict(figure)
            measured = f"{number(figure['value'])} {figure['unit']}"
            grid.add_row(
                row.name, figure["name"], measured, spread(figure), goal(figure), f"[{COLOURS[word]}]{word}[/]"
            )
        grid.add_section()
    return grid


def main() -> None:
    """Measure what is asked for, and report after every row, so that an interruption loses only its own."""
    parser = argparse.ArgumentParser(prog="crm bench")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    head = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "runs": asked.runs,
        "scale": asked.scale,
        "days": asked.days,
        "machine": machine.describe(),
    }
    if os.getloadavg()[0] > machine.QUIET:
        console.print(
            f"[yellow]load average {os.getloadavg()[0]:.2f}: something else runs here, and the figures will show it[/]"
        )
    bench = Bench(
        asked.runs, asked.scale, asked.days, say=lambda line: console.print(f"[dim]{datetime.now():%H:%M:%S}[/] {line}")
    )
    rows: list[Row] = []
    content = dict(head)
    try:
        for name in (name for name in MODULES if name in asked.rows or not asked.rows):
            rows.append(import_module(f"benchmarks.{MODULES[name]}").measure(bench))
            content = write(settings().var.resolve().parent / "results.json", head, rows)
    finally:
        bench.close()
        if rows:
            (console if asked.json else Console()).print(table(rows))
    if asked.json:
        print(json.dumps(content, default=str))


if __name__ == "__main__":
    from crm.errors import CrmError

    try:
        main()
    except CrmError as error:
        console.print(f"[bold red]error:[/] {error}", highlight=False, soft_wrap=True, markup=True)
        raise SystemExit(error.exit_code) from error
