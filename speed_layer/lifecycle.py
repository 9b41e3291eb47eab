"""Start, stop, rebuild and watch the speed job of this definition.

The layer is disposable: every row can be computed again from Kafka at the published boundary, so whatever is doubtful is
answered with `rebuild`. Readers go on meanwhile: a row that a rebuilt job has not completed yet loses, by its smaller
`events`, against the row already there.
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from batch_layer import publication
from batch_layer.locks import exclusively
from crm import clickhouse
from crm.contracts import landed_contracts
from crm.errors import CrmError
from crm.models import definition, delta_models
from crm.subjects import erased
from speed_layer import submission
from speed_layer.job import EPOCH, LONGEST_OUTAGE, build, job_name, snapshots
from speed_layer.rest import FlinkRest
from speed_layer.tables import clickhouse_table

SQL = Path(__file__).parent / "sql" / "clickhouse"


@dataclass(frozen=True)
class Started:
    """How a job came to run. `action` is running (it was), resumed (from `restored_from`) or rebuilt (from `covers_from` on)."""

    action: str
    job_id: str
    covers_from: datetime
    restored_from: str = ""


def create_tables() -> None:
    """Create the speed tables of this definition where they are missing."""
    client = clickhouse.connect("batch")
    for model in delta_models():
        client.command(clickhouse_table(model))


def explain() -> str:
    """Flink's plan of this definition's job; raises CrmError where a model does not parse or plan. Needs no cluster."""
    return submission.plan(build())


def _snapshot_folders() -> list[Path]:
    """Where a job of this definition finds what it may resume from."""
    customers = erased()
    return [snapshots(kind, customers) for kind in ("checkpoints", "savepoints")]


def _newest_snapshot() -> tuple[Path, datetime] | None:
    """The newest complete checkpoint or savepoint of this definition and when it was completed (UTC)."""
    found = [
        (file.stat().st_mtime, file.parent) for folder in _snapshot_folders() for file in folder.glob("**/_metadata")
    ]
    if not found:
        return None
    at, folder = max(found)
    return folder, datetime.fromtimestamp(at, UTC)


def oldest_boundary() -> datetime:
    """The oldest boundary that a rollback may return to: the speed tables must be complete from it on.

    Of a definition that is about to take the place of another it is the other's, also where it was published before that: what it
    could return to then may be weeks old, and Kafka keeps less.
    """
    client = clickhouse.connect("batch")
    kept = publication.retained(client, publication.live_definition(client))
    return min((one.boundary for one in kept), default=EPOCH)


def _submit(covers_from: datetime, restore: Path | None) -> Started:
    create_tables()
    location = restore.as_uri() if restore else ""
    job_id = submission.submit(build(covers_from, location or None, erased()))
    clickhouse.connect("batch").insert(
        "ops.speed_jobs",
        [[definition(), job_id, covers_from.replace(tzinfo=UTC), location]],
        column_names=["definition", "job_id", "covers_from", "restored_from"],
    )
    submission.wait_until_processing(job_id)
    return Started("resumed" if restore else "rebuilt", job_id, covers_from, location)


def covered_from() -> datetime | None:
    """The append minute from which the newest job's tables are complete; None where no job ever ran."""
    rows = clickhouse.rows(
        clickhouse.connect("batch"), clickhouse.sql(SQL / "covers_from.sql"), {"definition": definition()}
    )
    return rows[0]["covers_from"].replace(tzinfo=None) if rows else None


def start() -> Started:
    """Make the job run: leave a running one alone, resume from a snapshot young enough, else rebuild."""
    # The watch in Airflow and an operator may ask at the same time; two jobs would write the same rows twice over.
    with exclusively("speed"):
        rest, covered = FlinkRest(), covered_from()
        if running := rest.lasting_jobs(job_name()):
            if covered is not None:
                return Started("running", running[0]["jid"], covered)
            # Whoever submitted it was killed before it was recorded: from when on it is complete, nobody knows.
            for job in running:
                rest.cancel(job["jid"])
        snapshot = _newest_snapshot()
        if snapshot and covered and datetime.now(UTC) - snapshot[1] < LONGEST_OUTAGE:
            return _submit(covered, snapshot[0])
        return _submit(oldest_boundary(), None)


def rebuild(between: Callable[[], None] = lambda: None) -> Started:
    """Start an empty job from the oldest boundary that a rollback may return to, in place of the one that runs.

    `between` is called when no job runs and none can be started.
    """
    with exclusively("speed"):
        rest = FlinkRest()
        for job in rest.jobs(job_name()):
            rest.cancel(job["jid"])
        # Or, were the cluster lost before the new job's first checkpoint, `start` would go on from the old job's state.
        for folder in _snapshot_folders():
            shutil.rmtree(folder, ignore_errors=True)
        if left := _newest_snapshot():
            raise CrmError(f"{left[0]} cannot be deleted. See to it that it can, then repeat the command.")
        between()
        return _submit(oldest_boundary(), None)


def stop(name: str | None = None) -> str | None:
    """Stop the job with a savepoint and return its place; None where no job runs, or none that can take one."""
    location = None
    for job in FlinkRest().jobs(name or job_name()):
        own = job["name"] == job_name()
        folder = snapshots("savepoints", erased()).name if own else job["name"].removeprefix("crm-speed-")
        location = submission.stop(job, folder)
    return location


def status() -> dict[str, Any]:
    """What an operator asks first: state, since when, restarts, records behind, age of the newest checkpoint (seconds)."""
    return submission.status(job_name(), job_name(), landed_contracts().values())


def ensure_running() -> dict[str, Any]:
    """What crm_speed_watch does: start the job where it does not run, rebuild it where it has failed for too long.

    Raises CrmError where the published definition is not this checkout's and its job is gone: only its own text can start it.
    """
    published = publication.live_definition()
    if published not in (None, definition()):
        if FlinkRest().lasting_jobs(job_name(published)):
            return {"job": job_name(published), "state": "RUNNING", "action": "none"}
        raise CrmError(
            f"the job of the published definition {published} does not run, and this checkout defines {definition()}: "
            "change over with `crm deploy`, or check the published version out and run `crm speed start`"
        )
    report = status()
    if report["state"] in submission.TO_START:
        return report | {"action": start().action}
    snapshot = _newest_snapshot()
    stalled = report["state"] != "RUNNING" and snapshot and datetime.now(UTC) - snapshot[1] > LONGEST_OUTAGE
    return report | {"action": rebuild().action if stalled else "none"}
