"""`crm batch …`, `crm recompute`, `crm rollback`, `crm reconcile`, `crm migrate` and `crm dbt`: the batch layer by hand."""

import sys
from typing import Annotated, Any

import typer

from crm.cli.output import Json, print_json, print_record

batch = typer.Typer(
    no_args_is_help=True, help="Run the batch layer, whole or step by step. What a step has done already is left alone."
)
Grace = Annotated[
    int | None, typer.Option(help="Seconds between now and the boundary; 0 is safe on one broker.", min=0)
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.add_typer(batch, name="batch")
    app.command(epilog="Example: `crm migrate`")(migrate)
    app.command(epilog="Example: `crm recompute --json`")(recompute)
    app.command(epilog="Example: `crm rollback --to 41`")(rollback)
    app.command(epilog="Example: `crm reconcile --json`")(reconcile)
    options = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": ["--help"]}
    app.command(context_settings=options, epilog="Example: `crm dbt build --select customer_demand`")(dbt)


def _say(line: str) -> None:
    # Progress goes to stderr, so that --json prints one value and nothing else.
    typer.echo(line, err=True)


def _show(facts: dict[str, Any], as_json: bool, title: str) -> None:
    if as_json:
        print_json(facts)
    else:
        print_record(facts, title)


@batch.command(epilog="Example: `crm batch run --grace 0`")
def run(grace: Grace = None, as_json: Json = False) -> None:
    """Choose a boundary, land, build, check, publish, reconcile and prune: what the DAG crm_batch does."""
    from batch_layer import run as steps

    _show(steps.everything(grace, _say), as_json, "batch run")


@batch.command(epilog="Example: `crm batch land`")
def land(grace: Grace = None, as_json: Json = False) -> None:
    """Land every topic up to a new boundary; nothing becomes visible."""
    from dataclasses import asdict

    from batch_layer import landing
    from batch_layer import run as steps

    plan = steps.choose(grace)
    landed = [steps.land(topic, number, plan.boundary) for topic, number in plan.partitions]
    for one in landed:
        _say(landing.describe(one))
    _show({"boundary": plan.boundary, "landed": [asdict(one) for one in landed]}, as_json, "landed")


@batch.command(epilog="Example: `crm batch build`")
def build(as_json: Json = False) -> None:
    """Build what has landed since the live boundary; nothing becomes visible."""
    from batch_layer import run as steps

    built = steps.build(steps.resume(), _say)
    _show(built.to_json(), as_json, "built")


@batch.command(epilog="Example: `crm batch check`")
def check(as_json: Json = False) -> None:
    """Hold what has landed and been built against the expectations; fails where one does."""
    from batch_layer import run as steps

    _show(steps.check(steps.resume(), _say), as_json, "checked")


@batch.command(epilog="Example: `crm batch publish`")
def publish(as_json: Json = False) -> None:
    """Check what has been built, and make it visible."""
    from dataclasses import asdict

    from batch_layer import run as steps

    plan = steps.resume()
    steps.check(plan, _say)
    _show(asdict(steps.publish(plan)), as_json, "published")


@batch.command(epilog="Example: `crm batch prune`")
def prune(as_json: Json = False) -> None:
    """Drop the speed rows, generations and tables that no reader and no rollback can need."""
    from batch_layer import pruning

    _show(pruning.prune(), as_json, "pruned")


@batch.command("accept-loss", epilog="Example: `crm batch accept-loss orders 0`")
def accept_loss(topic: str, partition: int, as_json: Json = False) -> None:
    """Go on after retention removed records that had not landed: landing continues at the oldest record kept."""
    from batch_layer import topics

    _show({"topic": topic, "partition": partition, "lost": topics.accept_loss(topic, partition)}, as_json, "accepted")


def migrate(as_json: Json = False) -> None:
    """Bring ClickHouse's tables to those of this checkout; running it again changes nothing."""
    from batch_layer.migrate import migrate as bring_up

    _show({"applied": bring_up()}, as_json, "migrated")


def recompute(as_json: Json = False) -> None:
    """Compute everything anew from raw, beside what is live, compare the two, and publish."""
    from batch_layer.recompute import recompute as anew

    _show(anew(say=_say), as_json, "recomputed")


def rollback(
    to: Annotated[int | None, typer.Option(help="Sequence of a retained publication.")] = None, as_json: Json = False
) -> None:
    """Show readers an earlier publication again, by default the one before the live one."""
    from dataclasses import asdict

    from batch_layer import publication
    from crm import clickhouse

    _show(asdict(publication.rollback(clickhouse.connect("batch"), to)), as_json, "rolled back")


def reconcile(
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for rows that the speed layer has not written yet.", min=0)
    ] = 60.0,
    as_json: Json = False,
) -> None:
    """Compare the two layers over everything that both hold, and record the outcome."""
    from batch_layer import reconciliation

    _show(reconciliation.reconcile(wait), as_json, "reconciled")


def dbt(context: typer.Context) -> None:
    """Run dbt with this stack's connection; target dev, the default, never touches what is published."""
    from batch_layer.dbt import call_dbt

    sys.exit(call_dbt(context.args))
