"""What the speed layer asks of Flink's REST interface."""

import re
import time
from datetime import timedelta
from typing import Any

from tenacity import retry, retry_if_result, stop_after_delay, wait_fixed

from crm import rest
from crm.errors import CrmError
from crm.settings import settings

ENDED = ("FINISHED", "CANCELED", "FAILED")


class FlinkRest:
    """A client of the JobManager. Every method raises NotReadyError where it does not answer."""

    def __init__(self) -> None:
        self._base = settings().flink_rest

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return rest.call("Flink", self._base, method, path, body, timeout=20)

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """The jobs of this name that have not ended, newest first."""
        found = [
            job
            for job in self._call("GET", "/jobs/overview")["jobs"]
            if job["name"] == name and job["state"] not in ENDED
        ]
        return sorted(found, key=lambda job: -job["start-time"])

    def lasting_jobs(self, name: str, patience: timedelta = timedelta(seconds=60)) -> list[dict[str, Any]]:
        """As `jobs`, once those that are being cancelled, perhaps by somebody who was killed meanwhile, have ended."""
        for job in self.jobs(name):
            if job["state"] == "CANCELLING":
                self._wait_until_ended(job["jid"], patience)
        return self.jobs(name)

    def all_jobs(self, prefix: str) -> list[dict[str, Any]]:
        """The jobs whose name starts with `prefix` and that have not ended."""
        return [
            job
            for job in self._call("GET", "/jobs/overview")["jobs"]
            if job["name"].startswith(prefix) and job["state"] not in ENDED
        ]

    def is_processing(self, job_id: str) -> bool:
        """Whether every task of the job runs: a job's own state says RUNNING already while its tasks are being deployed."""
        vertices = self._call("GET", f"/jobs/{job_id}")["vertices"]
        return all(vertex["status"] in ("RUNNING", "FINISHED") for vertex in vertices)

    def exceptions(self, job_id: str) -> str:
        """The root exception of the job's newest failure, shortened; empty where there is none."""
        history = (
            self._call("GET", f"/jobs/{job_id}/exceptions?maxExceptions=1")
            .get("exceptionHistory", {})
            .get("entries", [])
        )
        return "\n".join(str(history[0]["stacktrace"]).splitlines()[:3]) if history else ""

    def checkpoints(self, job_id: str) -> dict[str, Any]:
        """Flink's checkpoint statistics of the job."""
        return dict(self._call("GET", f"/jobs/{job_id}/checkpoints"))

    def pending_records(self, job_id: str) -> dict[str, int | None]:
        """Records appended to Kafka and not yet read by the job, by topic; None while a source has no such figure."""
        pending: dict[str, int | None] = {}
        for vertex in self._call("GET", f"/jobs/{job_id}")["vertices"]:
            # the table's name; before a Python function Flink writes its whole path
            if not (source := re.match(r"Source: (?:KafkaSource-\w+\.\w+\.)?(\w+)", vertex["name"])):
                continue
            metrics = f"/jobs/{job_id}/vertices/{vertex['id']}/metrics"
            names = [item["id"] for item in self._call("GET", metrics) if item["id"].endswith("pendingRecords")]
            values = self._call("GET", f"{metrics}?get={','.join(names)}") if names else []
            pending[source[1]] = sum(int(float(item["value"])) for item in values) if values else None
        return pending

    def stop_with_savepoint(self, job_id: str, directory: str, patience: timedelta) -> str:
        """Stop the job and return where its savepoint lies."""
        trigger = self._call("POST", f"/jobs/{job_id}/stop", {"targetDirectory": directory, "drain": False})[
            "request-id"
        ]
        outcome = self._settled(f"/jobs/{job_id}/savepoints/{trigger}", patience)
        if location := outcome["operation"].get("location"):
            return str(location)
        raise CrmError(f"job {job_id}: the savepoint failed: {str(outcome['operation'].get('failure-cause'))[:500]}")

    def _settled(self, path: str, patience: timedelta) -> dict[str, Any]:
        waiting = retry(
            retry=retry_if_result(lambda answer: answer["status"]["id"] != "COMPLETED"),
            wait=wait_fixed(0.3),
            stop=stop_after_delay(patience.total_seconds()),
            retry_error_callback=lambda _: None,
        )(lambda: self._call("GET", path))
        answer = waiting()
        if answer is None:
            raise CrmError(f"Flink did not finish {path} within {patience}")
        return dict(answer)

    def cancel(self, job_id: str, patience: timedelta = timedelta(seconds=60)) -> None:
        """End the job without a savepoint and wait until it has ended."""
        self._call("PATCH", f"/jobs/{job_id}?mode=cancel")
        self._wait_until_ended(job_id, patience)

    def _wait_until_ended(self, job_id: str, patience: timedelta) -> None:
        deadline = time.monotonic() + patience.total_seconds()
        while self._call("GET", f"/jobs/{job_id}")["state"] not in ENDED:
            if time.monotonic() > deadline:
                raise CrmError(f"job {job_id} did not end within {patience}")
            time.sleep(0.3)
