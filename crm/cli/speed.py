"""`crm speed`: the Flink jobs."""

from dataclasses import asdict
from typing import Any

import typer

from crm.cli.output import Json, print_facts, print_json

speed = typer.Typer(
    no_args_is_help=True, help="Start, stop, rebuild and look at the Flink jobs: speed layer, enrichment."
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(speed, name="speed")


def _show(facts: dict[str, Any], as_json: bool) -> None:
    """The speed job's facts; those of the enrichment job are under `enrichment`."""
    if as_json:
        print_json(facts)
        return
    enrichment = facts.pop("enrichment", None)
    print_facts(facts, "speed layer")
    if enrichment:
        print_facts(enrichment, "enrichment of feedback")


@speed.command(epilog="Example: `crm speed start`")
def start(as_json: Json = False) -> None:
    """Start both jobs. Speed: from its newest checkpoint where that is young enough, else rebuilt from the published boundary."""
    from speed_layer import lifecycle
    from speed_layer.enrichment import lifecycle as enrichment

    # upstream first
    enriching = enrichment.start()
    _show(asdict(lifecycle.start()) | {"enrichment": enriching}, as_json)


@speed.command(epilog="Example: `crm speed stop`")
def stop(as_json: Json = False) -> None:
    """Stop both jobs with a savepoint; the next start goes on from there."""
    from speed_layer import lifecycle
    from speed_layer.enrichment import lifecycle as enrichment

    enriching = {"action": "stopped", "savepoint": enrichment.stop()}
    _show({"action": "stopped", "savepoint": lifecycle.stop(), "enrichment": enriching}, as_json)


@speed.command(epilog="Example: `crm speed rebuild`")
def rebuild(as_json: Json = False) -> None:
    """Start an empty speed job from the oldest retained boundary while readers go on: the cure for a lost or doubtful state."""
    from speed_layer import lifecycle

    _show(asdict(lifecycle.rebuild()), as_json)


@speed.command(epilog="Example: `crm speed status --json`")
def status(as_json: Json = False) -> None:
    """Show of both jobs the state, the records they are behind, and the age of the newest checkpoint."""
    from speed_layer import lifecycle
    from speed_layer.enrichment import lifecycle as enrichment

    _show(lifecycle.status() | {"enrichment": enrichment.status()}, as_json)


@speed.command(epilog="Example: `crm speed explain`")
def explain() -> None:
    """Print Flink's plans of both jobs; fails where a delta model does not parse or plan. Needs no running service."""
    from speed_layer import lifecycle
    from speed_layer.enrichment import lifecycle as enrichment

    typer.echo(lifecycle.explain())
    typer.echo(enrichment.explain())
