"""`crm customer`: one customer over all subjects."""

from typing import Annotated, Any

import typer

from crm.cli.output import Json, print_facts, print_json, print_rows

# The figures of customer_360, from `first` on, under their heading.
SUBJECTS = {"who": "customer_id", "demand": "orders", "feedback": "ratings", "arrears": "open_invoices"}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Examples: `crm customer 0a0a92112bd4c708ca5fde585afaa872` · `crm customer C000017 --json`")(
        customer
    )


def customer(
    customer_id: Annotated[
        str, typer.Argument(metavar="ID", help="The customer's id, as orders and invoices have it.")
    ],
    *,
    entries: Annotated[int, typer.Option(min=0, help="Entries of the timeline, the newest.")] = 30,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show name and e-mail address in clear: reads as the user crm_service.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show who a customer is, what it orders, says and owes, and what happened to it. An unknown one: exit code 4."""
    from crm import customers

    found = customers.customer(customer_id, entries, personal)
    if as_json:
        print_json(found)
        return
    for subject, facts in _by_subject(found["figures"]).items():
        print_facts({name: _shown(value) for name, value in facts.items()}, subject)
    print_rows([{name: _shown(value) for name, value in row.items()} for row in found["timeline"]], "timeline")


def _by_subject(figures: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The figures in their order, cut at the first one of each subject."""
    starts = {first: subject for subject, first in SUBJECTS.items()}
    parts: dict[str, dict[str, Any]] = {}
    subject = ""
    for name, value in figures.items():
        subject = starts.get(name, subject)
        parts.setdefault(subject, {})[name] = value
    return parts


def _shown(value: Any) -> Any:
    """Maps of money as `1.10 EUR, 2.00 GBP`; what is empty as a dash."""
    if isinstance(value, dict):
        value = ", ".join(f"{amount:f} {currency}" for currency, amount in sorted(value.items()))
    return "-" if value is None or value == "" else value
