"""Start, stop and watch the enrichment job. What it has in common with the speed job is in speed_layer/submission.py."""

from typing import Any

from confluent_kafka import KafkaException

from batch_layer.locks import exclusively
from crm.contracts import contracts
from speed_layer import positions, submission
from speed_layer.enrichment.job import GROUP, PREFIX, build, job_name
from speed_layer.rest import FlinkRest


def start() -> dict[str, Any]:
    """Make this checkout's job run, in the place of one with another model; a running one is left alone.

    Returns `action` (running: it was; started) and `job_id`.
    """
    with exclusively("enrichment"):
        rest = FlinkRest()
        if running := rest.lasting_jobs(job_name()):
            return {"action": "running", "job_id": running[0]["jid"]}
        for job in rest.all_jobs(PREFIX):
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


def status() -> dict[str, Any]:
    """As the speed job's: state, since when, records of topic feedback not yet enriched, age of the newest checkpoint."""
    report = submission.status(job_name(), GROUP, [contracts()["feedback"]])
    if report.get("pending_records") is not None:
        try:
            report["pending_records"] = max(report["pending_records"], behind())
        except KafkaException:
            report["pending_records"] = None
    return report


def behind() -> int:
    """Records by which topic feedback_enriched is behind topic feedback: also those that the job has read and its model still holds.

    Each record is forwarded, valid or not. After a crash some are there twice, and hide as many that are not,
    as do those that anybody else has sent; so it may be negative. Raises KafkaException where no broker answers.
    """
    sent, written = (contracts()[name].topic for name in ("feedback", "feedback_enriched"))
    ends = positions.appended([sent, written])
    return ends[sent] - ends[written]


def explain() -> str:
    """Flink's plan of the job; raises CrmError where it does not plan or its function cannot be imported."""
    return submission.plan(build())


def ensure_running() -> dict[str, Any]:
    """What crm_speed_watch does: start the job where it does not run."""
    report = status()
    return report | {"action": start()["action"] if report["state"] in submission.TO_START else "none"}
