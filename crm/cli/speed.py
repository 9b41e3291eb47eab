"""`crm speed`: the Flink job."""

from dataclasses import asdict

import typer

from crm.cli.output import Json, print_facts, print_json

speed = typer.Typer(no_args_is_help=True, help="Start, stop, rebuild and look at the speed layer's Flink job.")


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(speed, name="speed")


def _show(facts: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(facts)
    else:
        print_facts(facts, "speed layer")


@speed.command(epilog="Example: `crm speed start`")
def start(as_json: Json = False) -> None:
    """Start the job: from its newest checkpoint where that is young enough, else rebuilt from the published boundary."""
    from speed_layer import lifecycle

    _show(asdict(lifecycle.start()), as_json)


@speed.command(epilog="Example: `crm speed stop`")
def stop(as_json: Json = False) -> None:
    """Stop the job with a savepoint, from which the next start resumes."""
    from speed_layer import lifecycle

    _show({"action": "stopped", "savepoint": lifecycle.stop()}, as_json)


@speed.command(epilog="Example: `crm speed rebuild`")
def rebuild(as_json: Json = False) -> None:
    """Start an empty job from the oldest retained boundary while readers go on: the cure for a lost or doubtful state."""
    from speed_layer import lifecycle

    _show(asdict(lifecycle.rebuild()), as_json)


@speed.command(epilog="Example: `crm speed status --json`")
def status(as_json: Json = False) -> None:
    """Show the job's state, the records it is behind, and the age of its newest checkpoint."""
    from speed_layer import lifecycle

    _show(lifecycle.status(), as_json)


@speed.command(epilog="Example: `crm speed explain`")
def explain() -> None:
    """Print Flink's plan of the job; fails where a delta model does not parse or plan. Needs no running service."""
    from speed_layer import lifecycle

    typer.echo(lifecycle.explain())
