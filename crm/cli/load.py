"""`crm load`: real files become events."""

from pathlib import Path
from typing import Annotated, Any

import typer

from crm.cli.output import Json, print_facts, print_json, print_rows
from crm.errors import UsageError

load = typer.Typer(no_args_is_help=True, help="Load real files into Kafka as events. Loading twice counts once.")

Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder with the files, named as their publisher names them.")
]
Speed = Annotated[
    float,
    typer.Option(
        min=0, help="How many times as fast as it happened; 60: an hour in a minute. 0: as fast as Kafka takes it."
    ),
]
Shift = Annotated[bool, typer.Option("--shift-to-now", help="Add to every time what makes the last event happen now.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first so many events.")]
Again = Annotated[
    bool, typer.Option("--again", help="Send a load that has finished once more. Its figures do not change.")
]
Zone = Annotated[str, typer.Option(help="The time zone of the files' clock, such as Europe/London.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(load, name="load")


@load.command(
    epilog="Example: `crm load olist ../shared/data/olist`. Run the same command again to go on after an interruption."
)
def olist(
    directory: Directory,
    *,
    speed: Speed = 0,
    shift_to_now: Shift = False,
    limit: Limit = None,
    again: Again = False,
    time_zone: Zone = "America/Sao_Paulo",
    as_json: Json = False,
) -> None:
    """Orders, items and payments of Olist's Brazilian shops (the files `olist_*_dataset.csv`), in BRL."""
    _load(
        "olist",
        directory,
        as_json,
        speed=speed,
        shift_to_now=shift_to_now,
        limit=limit,
        again=again,
        time_zone=time_zone,
    )


@load.command(
    name="online-retail",
    epilog="Example: `crm load online-retail ../shared/data/online_retail_by_day --speed 86400`: a day in a second.",
)
def online_retail(
    directory: Directory,
    *,
    speed: Speed = 0,
    shift_to_now: Shift = False,
    limit: Limit = None,
    again: Again = False,
    time_zone: Zone = "Europe/London",
    as_json: Json = False,
) -> None:
    """Invoice lines of UCI Online Retail (all CSV files of the folder, by day or in one), in GBP."""
    _load(
        "online-retail",
        directory,
        as_json,
        speed=speed,
        shift_to_now=shift_to_now,
        limit=limit,
        again=again,
        time_zone=time_zone,
    )


def _load(name: str, directory: Path, as_json: bool, **options: Any) -> None:
    from sources import loads

    if not directory.is_dir():
        raise UsageError(f"{directory}: no such directory")
    summary = loads.load(name, directory, loads.Options(**options))
    interrupted = summary["state"] != "finished"
    if as_json:
        print_json(summary)
    else:
        totals, notes = summary.pop("totals"), summary.pop("notes")
        print_facts(summary, name)
        if totals:
            print_rows(totals, "events of the load")
        for note, count in notes.items():
            typer.echo(f"{note}: {count}", err=True)
        if summary["rejected_rows"]:
            typer.echo(f"{summary['rejected_rows']} rows could not be loaded: {summary['rejects_file']}", err=True)
        if interrupted:
            typer.echo("Interrupted. Run the same command again to go on from there.", err=True)
        elif not summary["produced"] and summary["resumed_from"]:
            typer.echo(
                f"This load finished at {summary['updated_at']}; nothing was sent. --again sends it once more.",
                err=True,
            )
    if interrupted:
        raise typer.Exit(130)
