"""`crm deploy`, `crm status` and `crm demo`: the platform as a whole."""

from pathlib import Path
from typing import Annotated

import typer

from crm.cli.output import Json, console, print_facts, print_json, print_record, print_rows


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: `crm deploy`")(deploy)
    app.command(epilog="Example: `crm status --json`")(status)
    app.command(epilog="Example: `crm demo --data ../shared/data`")(demo)


def deploy(as_json: Json = False) -> None:
    """Put changed contracts, staging or delta models into service in both layers, with no moment that mixes two definitions.

    A model that does not parse or plan in either engine is refused before anything is stopped.
    """
    from crm import platform

    with console.status("") as shown:
        result = platform.deploy(lambda step: shown.update(step) if not as_json else None)
    if as_json:
        print_json(result)
    else:
        print_record(result, "deployed")


def status(as_json: Json = False) -> None:
    """Show each service, the boundary, the batch's age, the lag of both Flink jobs, rejects and the last reconciliation."""
    from crm import platform

    report = platform.status()
    if as_json:
        print_json(report)
        return
    print_rows(report["services"], "services")
    print_facts(report["speed"], "speed layer")
    print_facts(report["enrichment"], "enrichment of feedback")
    print_facts(report["serving"], "serving")
    if "search" in report:
        print_facts(report["search"], "search")


def demo(
    data: Annotated[
        Path, typer.Option(help="Folder laid out like ../shared/data; sets that it lacks are skipped.")
    ] = Path("../shared/data"),
) -> None:
    """Start everything, load real input (else simulated), run the batch DAG in Airflow, and show merged figures.

    Repeating it counts nothing twice. `crm down` stops it.
    """
    from crm.demo import run

    run(data)
