"""What every Flink job of ours has in common: planning, submitting, stopping with a savepoint, and how it is."""

import json
import os
import subprocess
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from confluent_kafka import KafkaException

from crm.contracts import Contract
from crm.errors import CrmError
from crm.settings import ROOT, settings
from local import flink
from speed_layer import build_connectors, positions
from speed_layer.erased import RECEIVED
from speed_layer.job import Job
from speed_layer.rest import FlinkRest

FLINK_PYTHON = ROOT / ".venv-flink" / "bin" / "python"
PATIENCE = timedelta(seconds=120)
# What `status` says where there is no job, or where one is about to end: both are to be started.
TO_START = ("STOPPED", "CANCELLING")
# PyFlink's JVM lives for seconds: compiling its code well, and collecting garbage beside it, would take longer than it saves.
SHORT_LIVED = {"JVM_ARGS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}


def _client(job: Job, *arguments: str) -> dict[str, Any]:
    """Run speed_layer.submit in Flink's own environment; raises CrmError with the root cause that the engine gave."""
    build_connectors.verify()
    done = subprocess.run(
        [FLINK_PYTHON, "-m", "speed_layer.submit", *arguments],
        input=job.to_json(), capture_output=True, text=True, cwd=ROOT, check=False,
        env=os.environ | flink.environment() | SHORT_LIVED,
    )  # fmt: skip
    if done.returncode:
        lines = [
            line
            for line in done.stderr.splitlines()
            if line.strip() and not line.lstrip().startswith(("at ", "... ", "File "))
        ]
        root = max(
            (number for number, line in enumerate(lines) if line.startswith("Caused by:")),
            default=max(len(lines) - 8, 0),
        )
        name = job.configuration["pipeline.name"]
        raise CrmError(f"Flink refused the job {name}:\n" + "\n".join(lines[root : root + 12]))
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def plan(job: Job) -> str:
    """Flink's plan of the job; raises CrmError where it does not parse or plan. Needs no cluster."""
    return str(_client(job, "--explain")["plan"])


def submit(job: Job) -> str:
    """Hand the job over to the cluster and return its id; it may not run yet. Raises CrmError."""
    return str(_client(job)["job_id"])


def wait_until_processing(job_id: str) -> None:
    """Wait until every task of a submitted job runs; raises CrmError where that does not happen."""
    rest, deadline = FlinkRest(), time.monotonic() + PATIENCE.total_seconds()
    while not rest.is_processing(job_id):
        if time.monotonic() > deadline:
            raise CrmError(
                f"the job {job_id} was submitted but does not run: {rest.exceptions(job_id) or 'no free task slot?'}"
            )
        time.sleep(0.3)


def stop(job: dict[str, Any], folder: str) -> str | None:
    """Stop a job (as FlinkRest names it) with a savepoint in `savepoints/<folder>` and return its place.

    A job that cannot take a savepoint (it is restarting) is cancelled, and None returned: its newest checkpoint, and the
    offsets that it committed with it, stay to go on from.
    """
    rest = FlinkRest()
    try:
        target = (settings().var / "flink" / "savepoints" / folder).as_uri()
        return rest.stop_with_savepoint(job["jid"], target, PATIENCE)
    except CrmError:
        if any(running["jid"] == job["jid"] for running in rest.jobs(job["name"])):
            rest.cancel(job["jid"])
        return None


def _pending(
    rest: FlinkRest, job_id: str, group: str, contracts: Iterable[Contract], *, failed: bool, snapshot: bool
) -> int | None:
    """Records of the contracts' topics not yet read; None while that is not known.

    Flink has its own figure of a topic only once the job has read a record of it. After a failure it goes on telling the
    one from before it until the next record comes, so a figure is then held against what Kafka has uncommitted. Those are
    offsets of this job, or of the snapshot that it went on from, only if it has one: a job that starts empty may share the
    group of one that had read everything.
    """
    if not rest.is_processing(job_id):
        return None
    known = rest.pending_records(job_id)
    # Where customers were erased, what is read has a name of its own, and the topic's is that of the view upon it.
    told = {
        topic: known.get(topic, known.get(RECEIVED.format(topic=topic))) for topic in (one.topic for one in contracts)
    }
    doubtful = [topic for topic, left in told.items() if left is None or (failed and left)]
    if doubtful and not snapshot:
        return None
    try:
        most = positions.uncommitted(group, doubtful) if doubtful else {}
    except KafkaException:
        return None
    return sum(min(found for found in (left, most.get(topic)) if found is not None) for topic, left in told.items())


def status(name: str, group: str, contracts: Iterable[Contract]) -> dict[str, Any]:
    """State, since when, records of the contracts' topics behind, age of the newest checkpoint (seconds), last failure.

    The records are None where they are not known, as where Kafka does not answer: the state must be told all the same, for
    the watch to act on it.
    """
    rest = FlinkRest()
    jobs = rest.jobs(name)
    report: dict[str, Any] = {"job": name, "state": jobs[0]["state"] if jobs else "STOPPED"}
    if jobs:
        job_id = jobs[0]["jid"]
        snapshots = rest.checkpoints(job_id).get("latest") or {}
        latest, failure = snapshots.get("completed") or {}, rest.exceptions(job_id)
        begun = bool(latest or snapshots.get("restored"))
        report |= {
            "job_id": job_id,
            "running_for_seconds": jobs[0]["duration"] // 1000,
            "pending_records": _pending(rest, job_id, group, contracts, failed=bool(failure), snapshot=begun),
            "checkpoint_age_seconds": round(time.time() - latest["latest_ack_timestamp"] / 1000, 1) if latest else None,
            "last_failure": failure,
        }
    return report
