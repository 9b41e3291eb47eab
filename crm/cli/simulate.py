"""`crm simulate`: events of a shop that does not exist."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from crm.cli.output import Json, print_facts, print_json


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        epilog="Examples: `crm simulate` · `crm simulate --rate 500 --duration 60` · `crm simulate --subjects demand,customers` · "
        "`crm simulate --seed 7 --duplicates 0.03 --late 0.05 --late-max 31536000 --disorder 5 --malformed 0.002`"
    )(simulate)


def simulate(
    *,
    count: Annotated[
        int | None, typer.Option(min=1, help="Records to send. Default: 100,000; with --rate: no limit.")
    ] = None,
    rate: Annotated[
        float, typer.Option(min=0, help="Records per second, happening now. 0: as fast as Kafka takes them.")
    ] = 0,
    duration: Annotated[float | None, typer.Option(min=0, help="Stop after so many seconds.")] = None,
    days: Annotated[
        float, typer.Option(min=0.001, help="Days over which --count events are spread, without --rate.")
    ] = 30,
    start: Annotated[
        datetime | None,
        typer.Option(help="Time of the first event, UTC. Default: such that the last is now; with --rate: now."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, help="The same seed makes the same event ids, which count once. Default: a new one, printed."
        ),
    ] = None,
    subjects: Annotated[
        str, typer.Option(help="What is sent, by commas; all of it follows from the same orders.")
    ] = "demand,feedback,arrears,customers",
    customers: Annotated[int, typer.Option(min=1, help="How many customers.")] = 20_000,
    products: Annotated[int, typer.Option(min=1, help="How many products.")] = 2_000,
    anonymous: Annotated[float, typer.Option(min=0, max=1, help="Share of the orders without a customer.")] = 0.15,
    business: Annotated[float, typer.Option(min=0, max=1, help="Share of the customers who buy on account.")] = 0.12,
    rated: Annotated[float, typer.Option(min=0, max=1, help="Share of the order lines that are rated.")] = 0.15,
    complained: Annotated[
        float,
        typer.Option(min=0, max=1, help="Share of the order lines that are complained about, however they were rated."),
    ] = 0.015,
    duplicates: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the records that repeat an earlier one.")
    ] = 0,
    late: Annotated[float, typer.Option(min=0, max=1, help="Share of the events that arrive late.")] = 0,
    late_max: Annotated[
        float, typer.Option(min=1, help="Seconds that a late event is late at most; 31536000 is a year.")
    ] = 3600,
    disorder: Annotated[float, typer.Option(min=0, help="Seconds within which events change places.")] = 0,
    malformed: Annotated[float, typer.Option(min=0, max=1, help="Share of the records that break the contract.")] = 0,
    as_json: Json = False,
) -> None:
    """Send events of a simulated shop: its orders, and what its customers say of them, owe for them, and are."""
    import secrets
    import time

    from sources import simulator
    from sources.ending import ending_at
    from sources.events import moment

    if count is None and not rate:
        count = 100_000
    now = round(time.time() * 1000)
    begin = (
        now - (0 if rate else round(days * 86_400_000))
        if start is None
        else moment(start if start.tzinfo else start.replace(tzinfo=UTC))
    )
    simulation = simulator.Simulation(
        seed=secrets.randbelow(1 << 32) if seed is None else seed,
        count=count,
        start=begin,
        days=days,
        rate=rate,
        customers=customers,
        products=products,
        anonymous=anonymous,
        subjects=tuple(dict.fromkeys(name.strip() for name in subjects.split(",") if name.strip())),
        business=business,
        rated=rated,
        complained=complained,
        duplicates=duplicates,
        late=late,
        late_max=late_max,
        disorder=disorder,
        malformed=malformed,
    )
    if start is None and not rate:
        simulation = ending_at(simulation, now)
    summary = simulator.run(simulation, duration=duration)
    if as_json:
        print_json(summary)
    else:
        print_facts(summary, "simulated")
