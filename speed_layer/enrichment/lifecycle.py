"""Start, stop and watch the enrichment job. What it has in common with the speed job is in speed_layer/submission.py."""

from typing import Any

from confluent_kafka import KafkaException

from batch_layer.locks import exclusively
from crm.contracts import contracts
from crm.errors import CrmError
from speed_layer import positions, submission
from speed_layer.enrichment.job import GROUP, PREFIX, build, job_name
from speed_layer.rest import FlinkRest


def start() -> dict[str, Any]:
    """Make this checkout's job run, in the place of one with another model; a running one is left alone.

    Returns `action` (running: it was; started) and `job_id`. Raises CrmError; where Flink cannot plan the job, the other one
    goes on.
    """
    with exclusively("enrichment"):
        rest = FlinkRest()
        if running := rest.lasting_jobs(job_name()):
            return {"action": "running", "job_id": running[0]["jid"]}
        if others := rest.all_jobs(PREFIX):
            explain()
        for job in others:
            submission.stop(job, GROUP)
        job_id = submission.submit(build())
        submission.wait_until_processing(job_id)
        return {"action": "started", "job_id": job_id}


def stop() -> str | None:
    """Stop the job once all that it has read is written, and return its savepoint; None where none runs, or can take one."""
    location = None
    for job in FlinkRest().all_jobs(PREFIX):
        location = submission.stop(job, GROUP)
    return location


def _name() -> str:
    """Of the job that does the work: this checkout's, unless it does not run and one of another version does."""
    lasting = [job["name"] for job in FlinkRest().all_jobs(PREFIX) if job["state"] not in submission.TO_START]
    return job_name() if job_name() in lasting or not lasting else str(lasting[0])


def status() -> dict[str, Any]:
    """As the speed job's: state, since when, records of topic feedback not yet enriched, age of the newest checkpoint.

    `job` is another than `job_name()` where one of another version runs, as after a pull.
    """
    report = submission.status(_name(), GROUP, [contracts()["feedback"]])
    if report.get("pending_records") is not None:
        try:
            report["pending_records"] = max(report["pending_records"], behind())
        except (KafkaException, CrmError):
            report["pending_records"] = None
    return report


def behind() -> int:
    """Records by which topic feedback_enriched is behind topic feedback: also those that the job has read and its model still holds.

    Each record is forwarded, valid or not. After a crash some are there twice, and hide as many that are not,
    as do those that anybody else has sent; so it may be negative. Transactions of those who send look like records that were never
    written, so it is never more than what came since the newest checkpoint, with which all before it is written. Raises
    KafkaException where no broker answers, CrmError where it gives no records.
    """
    sent, written = (contracts()[name].topic for name in ("feedback", "feedback_enriched"))
    ends = positions.appended([sent, written])
    left = ends[sent] - ends[written]
    return min(left, positions.uncommitted(GROUP, [sent])[sent]) if left > 0 else left


def explain() -> str:
    """Flink's plan of the job; raises CrmError where it does not plan or its function cannot be imported."""
    return submission.plan(build())


def ensure_running() -> dict[str, Any]:
    """What crm_speed_watch does: start the job where none runs.

    One of another version is left alone, and `job` is then its name: the checkout may have been pulled a moment ago, and
    its packages not be installed. To put this one in its place is for `crm up`, `crm deploy` and `crm speed start`.
    """
    report = status()
    return report | {"action": start()["action"] if report["state"] in submission.TO_START else "none"}
