"""The tasks of the DAGs: arguments and results are JSON, so that Airflow can hand them on.

Imports are inside, since Airflow reads every DAG file again and again only to see its shape.
"""

from typing import Any


def choose(grace_seconds: str) -> dict[str, Any] | None:
    """The plan of this run; None, which skips the rest, where the boundary cannot move."""
    from batch_layer import run

    plan = run.choose(int(grace_seconds) if grace_seconds.isdigit() else None)
    return plan.to_json() if plan.boundary > plan.range_start else None


def partitions(plan: dict[str, Any]) -> list[list[Any]]:
    """Topic and number of each partition to land."""
    return list(plan["partitions"])


def land(plan: dict[str, Any], partition: list[Any]) -> str:
    """Land one partition up to the plan's boundary."""
    from batch_layer import landing, run

    topic, number = partition
    return landing.describe(run.land(topic, number, run.Plan.from_json(plan).boundary))


def build(plan: dict[str, Any]) -> dict[str, Any]:
    """Build the plan's range; returns the plan with the id of the build, for whoever checks and publishes it."""
    from batch_layer import run

    return run.build(run.Plan.from_json(plan)).to_json()


def check(plan: dict[str, Any]) -> dict[str, Any]:
    """Check what is about to be served."""
    from batch_layer import run

    return run.check(run.Plan.from_json(plan))


def publish(plan: dict[str, Any]) -> str:
    """Make the plan's boundary visible."""
    from batch_layer import run
    from batch_layer.moments import text

    made = run.publish(run.Plan.from_json(plan))
    return f"publication {made.sequence}: generation {made.generation}, boundary {text(made.boundary)}"


def reconcile() -> dict[str, Any]:
    """Compare both layers; rows that differ are an alert and no failure."""
    from batch_layer import alerts, reconciliation

    result = reconciliation.reconcile()
    if result["rows_different"]:
        reasons = {name: model["reasons"] for name, model in result["models"].items() if model["reasons"]}
        alerts.raise_alert(
            "reconciliation",
            f"{result['rows_different']} of {result['rows_compared']} rows differ: {reasons}; see ops.differences",
        )
    return result | {"range_start": str(result["range_start"]), "range_end": str(result["range_end"])}


def prune() -> dict[str, Any]:
    """Drop what nobody can need any more."""
    from batch_layer import pruning

    return pruning.prune()


def anything_published() -> bool:
    """Whether there is anything to compute anew; a nightly run of a new installation ends with that."""
    from batch_layer import publication

    return publication.live_definition() is not None


def recompute() -> dict[str, Any]:
    """Compute a new generation and publish it."""
    from batch_layer import recompute as recomputing

    result = recomputing.recompute(say=print)
    return result | {"boundary": str(result["boundary"])}


def watch_speed() -> dict[str, Any]:
    """See to it that the speed job runs, and delete snapshots that running jobs have superseded."""
    from speed_layer import lifecycle, retention

    return _watched("speed", lifecycle.ensure_running() | {"snapshots_deleted": retention.prune()})


def watch_enrichment() -> dict[str, Any]:
    """See to it that the enrichment job runs."""
    from speed_layer.enrichment import lifecycle

    return _watched("enrichment", lifecycle.ensure_running())


def _watched(name: str, report: dict[str, Any]) -> dict[str, Any]:
    from batch_layer import alerts

    # "running": somebody else, as `crm up`, started it after this had looked
    if report["action"] not in ("none", "running"):
        failure = report.get("last_failure") or "not known, since Flink has forgotten the job"
        alerts.raise_alert(
            "crm_speed_watch", f"the {name} job did not run; it was {report['action']}. Last failure: {failure}"
        )
    return report


def test_published() -> None:
    """Run dbt's data tests on what is live."""
    from batch_layer import build as building
    from batch_layer import publication
    from crm import clickhouse

    newest, *earlier = publication.retained(clickhouse.connect("batch"))
    building.test(newest.generation, publication.tested_until(newest, earlier), newest.boundary)


def erase(request: str, dry_run: str) -> dict[str, Any]:
    """Erase the customers of a request; returns counts, and no id."""
    from erasure import requests

    return requests.process(request, dry_run == "True")
