"""Runs the benchmarks against a stack of their own; `crm bench` starts this with that stack's environment.

Prints a table (or, with `--json`, the results) and writes them to `results.json` beside the stack's state. A missed
target is no failure: a benchmark measures, it does not test.
"""

import argparse
import json
import os
import signal
import sys
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks import MODULES, machine
from benchmarks.results import Row, goal, number, spread, verdict, write
from benchmarks.stack import Bench
from crm.errors import CrmError
from crm.settings import settings

COLOURS = {"met": "green", "missed": "red", "": "dim"}
console = Console(stderr=True, emoji=False)


def table(rows: list[Row], scale: float) -> Table:
    """The figures, measured at a scale, against their targets."""
    grid = Table("row", "figure", title="benchmarks", title_justify="left")
    for name in ("measured", "runs", "target"):
        grid.add_column(name, justify="right")
    grid.add_column("")
    for row in rows:
        for figure in (figure.to_json(scale) for figure in row.figures):
            word = verdict(figure)
            measured = f"{number(figure['value'])} {figure['unit']}"
            grid.add_row(
                row.name, figure["name"], measured, spread(figure), goal(figure), f"[{COLOURS[word]}]{word}[/]"
            )
        grid.add_section()
    return grid


def main() -> int:
    """Measure what is asked for, and report after every row, so that what fails loses only its own. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="crm bench")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    circumstances = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["crm bench", *_options(asked)]),
        "runs_each": asked.runs,
        "scale": asked.scale,
        "machine": machine.describe(),
    }
    if (load := os.getloadavg()[0]) > machine.QUIET:
        console.print(f"[yellow]load average {load:.2f}: something else runs here, and the figures will show it[/]")
    # So that whoever ends it leaves no stack running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    bench = Bench(asked.runs, asked.scale, asked.days, say=_say)
    rows: list[Row] = []
    content: dict[str, Any] = {}
    failed = 0
    try:
        for name in (name for name in MODULES if name in asked.rows or not asked.rows):
            try:
                rows.append(import_module(f"benchmarks.{MODULES[name]}").measure(bench))
            except CrmError as error:
                failed = error.exit_code
                console.print(f"[bold red]{name}:[/] {escape(str(error))}", highlight=False, soft_wrap=True)
                continue
            content = write(settings().var.resolve().parent / "results.json", circumstances, rows, list(MODULES))
    finally:
        bench.close()
        if rows:
            (console if asked.json else Console()).print(table(rows, asked.scale))
    if asked.json and content:
        print(json.dumps(content, default=str))
    return failed


def _say(line: str) -> None:
    console.print(f"[dim]{datetime.now():%H:%M:%S}[/] {escape(line)}")


def _options(asked: argparse.Namespace) -> list[str]:
    only = [f"--only {','.join(asked.rows)}"] if asked.rows else []
    return [*only, f"--runs {asked.runs}", f"--scale {asked.scale:g}", f"--days {asked.days:g}"]


if __name__ == "__main__":
    sys.exit(main())
