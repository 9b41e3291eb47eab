"""`crm mapping`: write and check what a file's columns mean."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from crm.cli.load import FileOrDirectory, MappedZone, MappingFile
from crm.cli.output import Json, console, print_facts, print_json, print_rows

mapping = typer.Typer(no_args_is_help=True, help="Say what a file's columns mean, without code: see docs/mappings.md.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(mapping, name="mapping")


@mapping.command(
    epilog="Example: `crm mapping check ../shared/data/ibm_ar --mapping sources/mappings/ibm_ar.yaml`. "
    "Exit codes: 0 all rows can be loaded, 1 some cannot or no event is made of them, 2 the mapping is wrong."
)
def check(
    place: FileOrDirectory,
    mapping_file: MappingFile,
    show: Annotated[int, typer.Option(min=0, help="How many rows to show as events.")] = 3,
    limit: Annotated[int | None, typer.Option(min=1, help="Read only so many rows.")] = None,
    time_zone: MappedZone = "",
    as_json: Json = False,
) -> None:
    """Show the first rows of a file as events, the totals of all, and what is wrong with mapping and rows. Sends nothing."""
    from crm.errors import UsageError
    from sources.mapping.check import check as checked
    from sources.mapping.source import read
    from sources.progress import shown
    from sources.zones import zone_of

    if not place.exists():
        raise UsageError(f"{place}: no such file or directory")
    mapped = read(mapping_file)
    with shown(None, "rows") as progress:
        zone = zone_of(time_zone or mapped.mapping.time_zone)
        report = checked(mapped, place, zone=zone, show=show, limit=limit, progress=progress)
    if as_json:
        print_json(report)
    else:
        _print(report, place)
    if report["rejected_rows"] or not report["events"]:
        raise typer.Exit(1)


def _print(report: dict[str, Any], place: Path) -> None:
    for example in report["examples"]:
        where = (f"{example['file']}:{example['line']}", "bold")
        console.print(Text.assemble(where, "" if example["events"] else " no event"))
        for event in example["events"]:
            fields = ", ".join(f"{name}: {value}" for name, value in event.items() if value is not None)
            console.print(Text(f"  {fields}"), soft_wrap=True)
    names = ("rows", "events", "rejected_rows", "first_occurred_at", "last_occurred_at")
    print_facts({name: report[name] for name in names}, str(place))
    print_rows(report["totals"], "events")
    for note, count in report["notes"].items():
        typer.echo(f"{note}: {count}", err=True)
    for reason in report["reasons"]:
        typer.echo(f"{reason['rows']} rows cannot be loaded:", err=True)
        for line in reason["first"]:
            typer.echo(f"  {line}", err=True)
    if not report["events"]:
        typer.echo("No event is made of any row, so that there is nothing to load.", err=True)


@mapping.command(epilog="Example: `crm mapping schema > mapping.schema.json`, which an editor's YAML support takes.")
def schema() -> None:
    """Print the JSON schema of mappings, with which an editor completes and checks them."""
    from sources.mapping.model import Mapping

    print_json(Mapping.model_json_schema())
