"""`crm load`: real files become events."""

import inspect
import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from crm.cli.output import Json, print_json, print_load

load = typer.Typer(no_args_is_help=True, help="Load real files into Kafka as events. Loading twice counts once.")

Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder with the files, named as their publisher names them.")
]
FileOrDirectory = Annotated[Path, typer.Argument(metavar="FILE_OR_DIR", help="The file, or the folder with it.")]
Speed = Annotated[
    float,
    typer.Option(
        min=0, help="How many times as fast as it happened; 60: an hour in a minute. 0: as fast as Kafka takes it."
    ),
]
Shift = Annotated[
    bool,
    typer.Option(
        "--shift-to-now",
        help="Add to every time what makes the last event happen now; to receivables whole days, so that due dates keep up.",
    ),
]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the first so many events.")]
Again = Annotated[
    bool, typer.Option("--again", help="Send a load that has finished once more. Its figures do not change.")
]
Zone = Annotated[str, typer.Option(help="The time zone of the files' clock, such as Europe/London.")]
MappingFile = Annotated[
    Path, typer.Option("--mapping", metavar="FILE.yaml", help="What the file's columns mean: see docs/mappings.md.")
]
MappedZone = Annotated[str, typer.Option(help="The time zone of the file's clock, in place of the mapping's.")]
MappedCurrency = Annotated[
    str, typer.Option(help="The currency of amounts that name none, in place of the mapping's (ISO 4217).")
]
Currency = Annotated[str, typer.Option(help="The currency of the files' amounts, which they do not name (ISO 4217).")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(load, name="load")


def _shared(
    *, speed: Speed = 0, shift_to_now: Shift = False, limit: Limit = None, again: Again = False, as_json: Json = False
) -> None:
    """The options that every load has."""


def _command(source: str, epilog: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make the command that loads `source` of a function that only states its own arguments, defaults and description."""

    def decorate(own: Callable[..., None]) -> Callable[..., None]:
        def command(place: Path, as_json: bool, mapping: Path | None = None, **options: Any) -> None:
            _load(source, place, as_json, mapping, **options)

        stated = [inspect.signature(function).parameters.values() for function in (own, _shared)]
        command.__signature__ = inspect.Signature(list(itertools.chain(*stated)))  # type: ignore[attr-defined]
        command.__annotations__ = own.__annotations__ | _shared.__annotations__
        command.__doc__ = own.__doc__
        load.command(name=source, epilog=epilog)(command)
        return own

    return decorate


@_command("olist", "Example: `crm load olist ../shared/data/olist`. Run it again to go on after an interruption.")
def olist(place: Directory, *, time_zone: Zone = "America/Sao_Paulo") -> None:
    """Orders, items and payments of Olist's Brazilian shops (the files `olist_*_dataset.csv`), in BRL."""


@_command(
    "online-retail",
    "Example: `crm load online-retail ../shared/data/online_retail_by_day --speed 86400`: a day in a second.",
)
def online_retail(place: Directory, *, time_zone: Zone = "Europe/London") -> None:
    """Invoice lines of UCI Online Retail (all CSV files of the folder, by day or in one), in GBP."""


@_command("ibm-ar", "Example: `crm load ibm-ar ../shared/data/ibm_ar --currency EUR`.")
def ibm_ar(place: FileOrDirectory, *, time_zone: Zone = "UTC", currency: Currency = "USD") -> None:
    """Invoices and payments of IBM's sample of accounts receivable (one CSV file, or all of a folder)."""


@_command(
    "csv",
    "Example: `crm load csv ../shared/data/zh_reviews --mapping sources/mappings/zh_reviews.yaml`; "
    "before it, `crm mapping check` with the same file and mapping.",
)
def from_csv(
    place: FileOrDirectory, mapping: MappingFile, *, time_zone: MappedZone = "", currency: MappedCurrency = ""
) -> None:
    """Any CSV file, or one of fixed width, as a mapping says (docs/mappings.md)."""


@_command("jsonl", "Example: `crm load jsonl tickets.jsonl --mapping tickets.yaml --shift-to-now`.")
def from_jsonl(
    place: FileOrDirectory, mapping: MappingFile, *, time_zone: MappedZone = "", currency: MappedCurrency = ""
) -> None:
    """Any file of JSON objects, one on a line, as a mapping says (docs/mappings.md)."""


# What a file may be that a command loads by a mapping: `file.format` of the mapping says it.
FORMATS = {"csv": ("csv", "fixed"), "jsonl": ("jsonl",)}


def _load(name: str, place: Path, as_json: bool, mapping: Path | None, **options: Any) -> None:
    from sources import loads
    from sources.mapping import source as mapped

    source = mapped.source(mapped.read(mapping, *FORMATS[name])) if mapping else name
    summary = loads.load(source, place, loads.Options(**options))
    interrupted = summary["state"] != "finished"
    if as_json:
        print_json(summary)
    else:
        print_load(summary)
        for note, count in summary["notes"].items():
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
