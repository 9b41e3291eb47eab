"""`crm erase` and `crm certificate`: making a customer vanish, and proving it."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from crm.cli.output import Json, print_facts, print_json, print_rows

Customers = Annotated[list[str] | None, typer.Argument(help="Ids as they are in the events.", show_default=False)]
File = Annotated[
    Path | None, typer.Option("--file", help="A file with one id a line.", exists=True, dir_okay=False, readable=True)
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: `crm erase c-4711 c-4712`")(erase)
    app.command(epilog="Example: `crm certificate c-4711 --json`")(certificate)


def _named(customers: list[str] | None, file: Path | None) -> list[str]:
    from crm.errors import UsageError
    from erasure.requests import read

    if named := [*(customers or []), *(read(file) if file else [])]:
        return named
    raise UsageError("name the customers, or a file with their ids (--file)")


def _show(found: dict[str, Any], as_json: bool) -> None:
    proof = found.get("certificate", found)
    if as_json:
        print_json(found)
    else:
        print_rows(
            [place for place in proof["places"] if place["found"] or place["mentions"]], "where the ids are found"
        )
        print_facts(
            {name: value for name, value in proof.items() if name != "places"} | {"places": len(proof["places"])}
        )
    if proof["found"]:
        sys.exit(1)


def erase(
    customers: Customers = None,
    file: File = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show where the customers are found.")] = False,
    as_json: Json = False,
) -> None:
    """Erase customers from topics, raw, figures, state and logs; figures without a name stay. Safe to repeat; takes minutes.

    Ends with the certificate, and with exit code 1 where it finds something.
    """
    from erasure.certificate import certify
    from erasure.procedure import erase as run

    named = _named(customers, file)
    _show(certify(named) if dry_run else run(named, lambda line: typer.echo(line, err=True)), as_json)


def certificate(customers: Customers = None, file: File = None, as_json: Json = False) -> None:
    """Prove that customers are gone: search every table, topic, snapshot and log. Exit code 1 where something is found."""
    from erasure.certificate import certify

    _show(certify(_named(customers, file)), as_json)
