"""`crm bench`: how fast the platform is on this machine."""

import os
import sys
from typing import Annotated

import typer

from benchmarks import MODULES
from crm.cli.output import Json

# Beside the user's stack and that of the tests, below the ports that the kernel hands out.
PORT_OFFSET = "11000"


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(
        epilog="Examples: `crm bench` · `crm bench --only speed,landing --runs 1 --scale 0.1` · `crm bench --report`"
    )(bench)


def bench(
    only: Annotated[
        str,
        typer.Option(help=f"Comma-separated: {', '.join(MODULES)}. All where not given."),
    ] = "",
    runs: Annotated[int, typer.Option(min=1, help="How often each is measured; the median counts.")] = 3,
    scale: Annotated[
        float, typer.Option(min=0.001, help="Sizes times this: 0.1 for a quick try. Targets are for 1.")
    ] = 1.0,
    days: Annotated[
        float,
        typer.Option(
            min=0.001,
            help="Days over which the simulated events are spread: fewer days, fewer rows to write for as many events.",
        ),
    ] = 30.0,
    report: Annotated[
        bool, typer.Option("--report", help="Print the last results as a Markdown table, and measure nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure speed and freshness against their targets, on a stack of its own that is started for it and removed again.

    Needs a quiet machine: stop what else runs (`crm down`). Results go to `var/bench/results.json`.
    """
    from benchmarks.results import markdown
    from crm.errors import UsageError
    from crm.settings import ROOT, settings

    folder = settings().var.resolve() / "bench"
    if report:
        import json

        file = folder / "results.json"
        if not file.is_file():
            raise UsageError(f"{file} is not there: run `crm bench` first")
        typer.echo(markdown(json.loads(file.read_text(encoding="utf-8"))))
        return
    names = [name.strip() for name in only.split(",") if name.strip()]
    if unknown := sorted(set(names) - set(MODULES)):
        raise UsageError(f"no row {', '.join(unknown)}: choose among {', '.join(MODULES)}")
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        *names,
        "--runs",
        str(runs),
        "--scale",
        str(scale),
        "--days",
        str(days),
    ]
    environment = {
        **os.environ,
        "CRM_VAR": str(folder / "stack"),
        "CRM_PORT_OFFSET": os.environ.get("CRM_BENCH_PORT_OFFSET", PORT_OFFSET),
    }
    # Anew in this process's place: settings are read once, and this stack's differ from the user's.
    os.chdir(ROOT)
    os.execve(sys.executable, command + ["--json"] * as_json, environment)
